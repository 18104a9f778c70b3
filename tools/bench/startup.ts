import { rmSync } from 'node:fs';
import { startInstallation, temporaryDirectory } from './installation.ts';
import type { BenchOptions } from './options.ts';
import { markdownTable } from './report.ts';

const POPULATION_AT_START = 50;

/** `npm run bench -- startup`: the time until everything is ready, in an empty directory and in a used one. */
export async function measureStartup({ seed, rounds }: BenchOptions) {
  const results: { coldMs: number; warmMs: number }[] = [];
  const start = async (directory: string) => {
    const installation = await startInstallation(directory, { members: POPULATION_AT_START, seed });
    await installation.stop();
    return Math.round(installation.startMs);
  };
  for (let round = 0; round < rounds; round += 1) {
    const directory = temporaryDirectory();
    try {
      results.push({ coldMs: await start(directory), warmMs: await start(directory) });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  const rows = results.map(({ coldMs, warmMs }) => [(coldMs / 1000).toFixed(1), (warmMs / 1000).toFixed(1)]);
  return { results, shown: markdownTable(['cold start, s', 'warm start, s'], rows) };
}
