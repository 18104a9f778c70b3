/** `npm run test:faults [-- --minutes 30 --seed 7 --bugs none|quick|all|name,name --keep]`: see docs/audit-delivery.md. */
import { join } from 'node:path';
import { type Bug, BUGS } from './bugs.ts';
import type { Findings } from './check.ts';
import { buggyCopy } from './copy.ts';
import { faultsFor } from './faults.ts';
import { faultTestOptions } from './options.ts';
import { FaultRandom } from './random.ts';
import { runFaultTest } from './run.ts';
import { System } from './system.ts';

const SHOWN = 5;

const startedAt = Date.now();
const say = (line: string) =>
  console.log(`${((Date.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}`);
const counts = { passed: 0, failed: 0 };

function judge(holds: boolean, name: string, found: readonly string[]): void {
  counts[holds ? 'passed' : 'failed'] += 1;
  console.log(`${holds ? 'ok  ' : 'FAIL'}  ${name}`);
  if (!holds) for (const one of found.slice(0, SHOWN)) console.log(`      ${one}`);
}

function judgeProduct(found: Findings): void {
  for (const [name, wrong] of Object.entries(found))
    judge(wrong.length === 0, `${name} (${wrong.length})`, wrong);
}

/** A seeded bug is found when any check fails. */
async function judgeBug(system: System, name: string, bug: Bug, seed: number): Promise<void> {
  await system.replaceServices(await buggyCopy(bug, join(system.directory, name)));
  const found = await runFaultTest(system, { name, seed, faults: [bug.fault], untilFound: true, say });
  const wrong = Object.entries(found).filter(([, list]) => list.length > 0);
  const said = wrong.map(([check, list]) => `not: ${check} (${list.length})`);
  judge(
    wrong.length > 0,
    `the seeded bug ${name} is found${said.length > 0 ? ` – ${said.join('; ')}` : ''}`,
    [],
  );
}

async function main(): Promise<void> {
  const options = faultTestOptions();
  console.log(
    `faults of seed ${options.seed}: npm run test:faults -- --seed ${options.seed} --minutes ${options.minutes}`,
  );
  const system = await System.start();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void system.stop(options.keep).finally(() => process.exit(1)));
  say('everything runs');
  try {
    if (options.minutes > 0)
      judgeProduct(
        await runFaultTest(system, {
          name: 'run',
          seed: options.seed,
          faults: faultsFor(new FaultRandom(options.seed), options.minutes),
          say,
        }),
      );
    for (const name of options.bugs) await judgeBug(system, name, BUGS[name] as Bug, options.seed);
  } finally {
    await system.stop(options.keep || counts.failed > 0);
    if (options.keep || counts.failed > 0) console.log(`logs: ${join(system.directory, 'logs')}`);
  }
}

try {
  await main();
} catch (error) {
  counts.failed += 1;
  console.error(error);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
