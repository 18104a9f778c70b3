/** `npm run bench`: measures the product, and compares it with the limit of the machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { measureAudit } from './audit.ts';
import { measureAuthorization } from './authorization.ts';
import { measureGrowth } from './growth/growth.ts';
import { measureIdle } from './idle.ts';
import { measureIngest } from './ingest.ts';
import { measureNeighbour } from './neighbour.ts';
import { measuredPostgres } from './config.ts';
import { type Measurement, type BenchOptions, benchOptions } from './options.ts';
import { requestReport } from './report.ts';
import { measureRequests } from './requests.ts';
import { measureStartup } from './startup.ts';
import { measureTrail } from './trail.ts';
import { measureTrailSize } from './trail-size/trail-size.ts';

/** The measurements, each with its results and a text for a person. */
const MEASURE: Record<Measurement, (options: BenchOptions) => Promise<{ results: object; shown: string }>> = {
  async requests(options) {
    const { results, name } = await measureRequests(options);
    return { results, shown: requestReport(results, name) };
  },
  startup: measureStartup,
  idle: measureIdle,
  ingest: measureIngest,
  audit: measureAudit,
  trail: measureTrail,
  'trail-size': measureTrailSize,
  authorization: measureAuthorization,
  growth: measureGrowth,
  neighbour: measureNeighbour,
};

function postgresInWords(): string {
  if (measuredPostgres === undefined) return 'from npm';
  return execFileSync(join(measuredPostgres, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
}

const machine = () => ({
  node: process.version,
  kernel: release(),
  cpu: `${cpus().length} × ${cpus()[0]?.model}`,
  postgres: postgresInWords(),
  memoryGigabytes: Math.round(totalmem() / 2 ** 30),
});

// The exit handlers stop the processes that were started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  const options = benchOptions(process.argv.slice(2));
  const { results, shown } = await MEASURE[options.measurement](options);
  mkdirSync(dirname(options.out), { recursive: true });
  const { measurement, members, seed, rounds, seconds, connections, serviceTls } = options;
  const conditions = { measurement, serviceTls, members, seed, rounds, seconds, connections, ...machine() };
  writeFileSync(options.out, `${JSON.stringify({ conditions, results }, null, 2)}\n`);
  console.log(`${shown}\n\n${JSON.stringify(conditions)}\nall figures: ${options.out}`);
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  // Without this, this process and a started system would keep each other alive.
  process.exit(1);
}
