/**
 * `npm run import:persons -- --tenant <id> < change.json`: moves the records of two persons whom the plan merges, or of whom
 * it takes a merge back.
 */
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { mergePersons, unmergePersons } from '@patient-access/fhir-store';
import { z } from 'zod';
import { openStores } from './config.ts';
import { TENANT } from './options.ts';
import type { Stores } from './store/input.ts';

const USAGE = `npm run -s import:persons -- --tenant <id> < change.json

Moves the records of both persons in all databases, as identity merge or identity undo has printed it (change.json). Prints
what moved, and the two commands that come next: the one that opens the persons again, and after an undo the one that says who
saw what moved. Stopped, it is run again with the same.`;

/** The owner whose outbox has the events: the one that has the Patients. */
const OWNER = 'coverage-service';

/** What auth-service has printed. Before it did, it closed both persons. */
const Change = z.object({
  id: z.uuid(),
  state: z.enum(['moving', 'undoing']),
  replaced: z.string().min(1),
  survivor: z.string().min(1),
  reason: z.string(),
});
type Change = z.infer<typeof Change>;

/** @throws Error in one line */
function changeIn(json: string): Change {
  const parsed = z.preprocess((given) => JSON.parse(String(given)) as unknown, Change);
  try {
    return parsed.parse(json);
  } catch {
    throw new Error('standard input is not what identity merge or identity undo prints');
  }
}

async function move(stores: Stores, tenant: string, change: Change): Promise<object> {
  const own = stores.get(OWNER);
  if (!own) throw new Error(`${OWNER} accepts no import`);
  const { id, state, replaced, survivor, reason } = change;
  const databases = { own, all: [...stores.values()] };
  const merging = { databases, tenant, feed: { owner: OWNER, by: userInfo().username } };
  const carryOut = state === 'moving' ? mergePersons : unmergePersons;
  const { records } = await carryOut(merging, { change: id, replaced, survivor, reason });
  const which = records.map((each) => `--resource ${each}`).join(' ');
  const saw = `npm run -s audit -- saw --tenant ${tenant} --member ${survivor} ${which} --out who-saw`;
  return {
    records,
    next: `npm run -s admin -- identity end --tenant ${tenant} --change ${id} --records ${records.length}`,
    ...(state === 'undoing' && records.length > 0 && { whoSaw: saw }),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { tenant: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return console.log(USAGE);
  const { tenant } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  const change = changeIn(await text(process.stdin));
  const stores = await openStores();
  try {
    console.log(JSON.stringify(await move(stores, tenant, change), null, 2));
  } finally {
    await Promise.all([...stores.values()].map((pool) => pool.end()));
  }
}

await main().catch((error: Error) => {
  console.error(`import:persons: ${error.message}`);
  process.exitCode = 1;
});
