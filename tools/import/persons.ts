/**
 * `npm run import:persons -- --tenant <id> [--records <file>] < change.json`: moves the records of two persons whom the plan
 * merges, or of whom it takes a merge back; or a part of a record that was two persons'.
 */
import { text } from 'node:stream/consumers';
import {
  mergePersons,
  splitPersons,
  unmergePersons,
  unsplitPersons,
} from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { z } from 'zod';
import { openStores } from './config.ts';
import { demandPlan } from './known-plan.ts';
import { TENANT } from './options.ts';
import { readReferences } from './read/references.ts';
import type { Stores } from './store/input.ts';

const USAGE = `npm run -s import:persons -- --tenant <id> [--records <file>] < change.json

Moves records in all databases, as identity merge, merge-listed, split, undo or confirm has printed it (change.json): all that one person
has, or for a split what the file names, one Type/id a line or NDJSON. Prints what moved, and the commands that come next:
the one that opens the persons again, and the one that says who saw as one person's what is another's. Stopped, it is run again
with the same.`;

/** The owner whose outbox has the events: the one that has the Patients. */
const OWNER = 'coverage-service';

/** What auth-service has printed. Before it did, it closed both persons. */
const Change = z.object({
  id: z.uuid(),
  tenant: z.string(),
  kind: z.enum(['merge', 'split']),
  state: z.enum(['moving', 'undoing']),
  from: z.string().min(1),
  to: z.string().min(1),
  reason: z.string(),
});
type Change = z.infer<typeof Change>;
const One = Change.transform((change) => [change]);
const Several = z.object({ begun: z.array(Change) }).transform(({ begun }) => begun);
/** With four eyes, identity confirm prints the changes as the result of what was proposed. */
const Printed = z.union([
  One,
  Several,
  z.object({ result: z.union([One, Several]) }).transform(({ result }) => result),
]);

/** @throws Error in one line */
function changesIn(json: string): Change[] {
  const parsed = z.preprocess((given) => JSON.parse(String(given)) as unknown, Printed);
  try {
    return parsed.parse(json);
  } catch {
    throw new Error('standard input is not what identity merge, merge-listed, split, undo or confirm prints');
  }
}

interface Task {
  tenant: string;
  change: Change;
  /** what moves in a split, as `Type/id` */
  records: string[];
}

type Moved = Awaited<ReturnType<typeof mergePersons>> & { stillNaming?: string[] };

function carryOut(moving: Parameters<typeof mergePersons>[0], { change, records }: Task): Promise<Moved> {
  const { id, kind, state, from, to, reason } = change;
  const merge = { change: id, replaced: from, survivor: to, reason };
  const split = { change: id, from, to, reason };
  if (kind === 'merge') return (state === 'moving' ? mergePersons : unmergePersons)(moving, merge);
  return state === 'moving' ? splitPersons(moving, { ...split, records }) : unsplitPersons(moving, split);
}

/** Under whom another person's records stood until now; nobody's where two records are one person's. */
const wrongly = ({ kind, state, from, to }: Change): string | undefined =>
  state === 'undoing' ? to : kind === 'split' ? from : undefined;

async function move(stores: Stores, task: Task): Promise<object> {
  const own = stores.get(OWNER);
  if (!own) throw new Error(`${OWNER} accepts no import`);
  const { tenant, change } = task;
  const databases = { own, all: [...stores.values()] };
  const moving = { databases, tenant, feed: { owner: OWNER, by: actingUser() } };
  const { records, ...more } = await carryOut(moving, task);
  const which = records.map((each) => `--resource ${each}`).join(' ');
  const member = wrongly(change);
  return {
    records,
    ...more,
    next: `npm run -s admin -- identity end --tenant ${tenant} --change ${change.id} --records ${records.length}`,
    ...(member !== undefined &&
      records.length > 0 && {
        whoSaw: `npm run -s audit -- saw --tenant ${tenant} --member ${member} ${which} --out who-saw`,
      }),
  };
}

/** @throws Error when a change is another plan's, whose persons may have the same ids as two of this one */
function demandOf(tenant: string, changes: readonly Change[]): void {
  const other = changes.find((change) => change.tenant !== tenant);
  if (other) throw new Error(`the change ${other.id} is of the plan "${other.tenant}"`);
}

/** @throws Error when a split comes without its file, or anything else with one */
function recordsFor(changes: Change[], file: string | undefined): string[] {
  const needs = changes.some(({ kind, state }) => kind === 'split' && state === 'moving');
  if (needs !== (file !== undefined))
    throw new Error(
      needs ? '--records <file>: what goes to the other person' : '--records is for a split alone',
    );
  return file === undefined ? [] : readReferences(file);
}

async function main(): Promise<void> {
  const { values } = parseCommandLine({
    options: {
      tenant: { type: 'string' },
      records: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const { tenant } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  const changes = changesIn(await text(process.stdin));
  demandOf(tenant, changes);
  const records = recordsFor(changes, values.records);
  await using stores = await openStores(tenant);
  await demandPlan(stores.values(), tenant);
  const moved: object[] = [];
  for (const change of changes) moved.push(await move(stores, { tenant, change, records }));
  console.log(JSON.stringify(moved.length === 1 ? moved[0] : { changes: moved }, null, 2));
}

await main().catch((error: Error) => {
  console.error(`import:persons: ${error.message}`);
  process.exitCode = 1;
});
