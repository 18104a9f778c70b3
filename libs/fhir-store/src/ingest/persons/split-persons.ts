/**
 * One record that was two persons' (docs/adr/0093-follow-persons-whose-numbers-change.md): what the plan names becomes the other
 * person's, and never comes back to the first one by a file. It can be undone.
 */
import { MEMBER_TYPE, type Resource, withNoNarrative } from '@patient-access/fhir';
import type pg from 'pg';
import { keyOfTarget, targetColumns } from '../rows/key-columns.ts';
import {
  aboutMoved,
  inAllDatabases,
  inEachDatabase,
  movedBy,
  movedEverywhere,
  type Moving,
  standingUnder,
  UndoneError,
  type Within,
} from './change-persons.ts';
import { referring } from '../rows/conditional-rows.ts';
import { moveRecords, type RecordKey, undoing } from './move-records.ts';
import { nobody, noteMoved } from './replaced-persons.ts';
import type { WriteContext } from '../turns/storing.ts';
import { nextInstant } from '../rows/versions.ts';
import { forgetWithdrawn, noteWithdrawn } from './withdrawn.ts';

export interface Split {
  /** its id at auth-service */
  change: string;
  /** under whom all stands */
  from: string;
  /** whose some of it is */
  to: string;
  reason: string;
  /** what is hers, as `Type/id` */
  records: readonly string[];
}

interface SplitRecords {
  /** what the change has moved, as `Type/id`, also before it was stopped */
  records: string[];
  /** what of one person's record names the other's, as `Type/id`: the plan has to look at it */
  stillNaming: string[];
}

/** How many names an error tells. */
const TOLD = 5;
const CURRENT = 'SELECT type, id FROM resource WHERE tenant = $1 AND member = $2 AND form = 0';
const NAMED = /[A-Za-z]+\/[A-Za-z0-9.-]{1,64}/g;

/** @throws Error when the plan names what does not stand under the person */
async function requireStanding(context: WriteContext, tenant: string, split: Split): Promise<void> {
  const known = await movedEverywhere({ context, tenant }, split.change);
  for (const client of context.all)
    for (const key of await standingUnder(client, tenant, split.from)) known.add(keyOfTarget(key));
  const wrong = split.records.filter((each) => each.startsWith(`${MEMBER_TYPE}/`) || !known.has(each));
  if (wrong.length > 0)
    throw new Error(
      `${wrong.length} of the records do not stand under ${split.from}, or are a ${MEMBER_TYPE}: ${wrong.slice(0, TOLD).join(', ')}`,
    );
}

/**
 * Nothing that a split has moved stands under the first person again, unless it was undone.
 *
 * @throws UndoneError
 */
async function refuseUndone(context: WriteContext, tenant: string, { change, from, records }: Split) {
  const wanted = new Set(records);
  for (const client of context.all) {
    const moved = new Set((await movedBy(client, tenant, change)).map((key) => keyOfTarget(key)));
    const standing = await standingUnder(client, tenant, from);
    if (standing.some((key) => moved.has(keyOfTarget(key)) && wanted.has(keyOfTarget(key))))
      throw new UndoneError(change);
  }
}

const MOVE_HISTORY = `
  UPDATE resource_history h SET member = $3 FROM unnest($4::text[], $5::text[]) AS k (type, id)
   WHERE h.tenant = $1 AND h.member = $2 AND h.type = k.type AND h.id = k.id`;

function moveHistory(
  client: pg.PoolClient,
  tenant: string,
  { keys, from, to }: { keys: readonly RecordKey[]; from: string; to: string },
): Promise<unknown> {
  return client.query(MOVE_HISTORY, [tenant, from, to, ...targetColumns(keys)]);
}

const withMember = (keys: readonly RecordKey[], member: string) =>
  keys.map(({ type, id }) => ({ type, id, member }));

/** @returns what went over, or undefined when nothing is left to do */
async function splitIn(within: Within, split: Split): Promise<RecordKey[] | undefined> {
  const { context, tenant, ingest, feed } = within;
  const { change, from, to, reason } = split;
  const client = context.own;
  const wanted = new Set(split.records);
  const named = (await standingUnder(client, tenant, from)).filter((key) => wanted.has(keyOfTarget(key)));
  const keys = [...named, ...(await aboutMoved(within, from, wanted))];
  if (keys.length === 0) return undefined;
  const moved = keys.map(({ type, id }) => ({ type, id, change }));
  await noteMoved(client, tenant, moved);
  await moveRecords(context, tenant, ingest, { from, to, keys, change: withNoNarrative });
  // Former versions name the first person.
  await moveHistory(client, tenant, { keys, from: to, to: nobody(change) });
  const withdrawn = await nextInstant(client, tenant, [from, to]);
  await noteWithdrawn(client, tenant, withMember(keys, from), { withdrawn, by: feed.by, reason });
  return keys;
}

/** @returns what went back, or undefined when nothing is left to do */
async function unsplitIn(within: Within, split: Omit<Split, 'records'>): Promise<RecordKey[] | undefined> {
  const { context, tenant, ingest } = within;
  const { change: id, from, to } = split;
  const client = context.own;
  const moved = await movedEverywhere(within, id);
  const here = new Set((await movedBy(client, tenant, id)).map((key) => keyOfTarget(key)));
  const own = (await standingUnder(client, tenant, to)).filter((key) => here.has(keyOfTarget(key)));
  const keys = [...own, ...(await aboutMoved(within, to, moved))];
  if (keys.length === 0) return undefined;
  const also = keys.map((key) => ({ ...key, change: id }));
  await noteMoved(client, tenant, also);
  await moveHistory(client, tenant, { keys, from: nobody(id), to });
  await forgetWithdrawn(client, tenant, withMember(keys, from));
  const change = await undoing(client, tenant, { from, to, keys, change: withNoNarrative });
  await moveRecords(context, tenant, ingest, { from: to, to: from, keys, change });
  return keys;
}

/** What a person has today that names one of these records. */
async function naming(
  context: WriteContext,
  tenant: string,
  member: string,
  records: ReadonlySet<string>,
): Promise<string[]> {
  const found: Resource[] = [];
  const current = new Set<string>();
  for (const client of context.all) {
    found.push(...(await referring(client, tenant, member, [...records])));
    const { rows } = await client.query<RecordKey>(CURRENT, [tenant, member]);
    for (const key of rows) current.add(keyOfTarget(key));
  }
  const names = (resource: Resource) => JSON.stringify(resource).match(NAMED) ?? [];
  return found
    .filter((each) => names(each).some((name) => records.has(name)))
    .map(({ resourceType, id }) => `${resourceType}/${id}`)
    .filter((each) => current.has(each));
}

async function namingEachOther(
  context: WriteContext,
  tenant: string,
  { from, to, moved }: { from: string; to: string; moved: ReadonlySet<string> },
): Promise<string[]> {
  const staying = new Set([`${MEMBER_TYPE}/${from}`]);
  for (const client of context.all)
    for (const key of await standingUnder(client, tenant, from)) staying.add(keyOfTarget(key));
  const theirs = await naming(context, tenant, to, staying);
  return [...(await naming(context, tenant, from, moved)), ...theirs.filter((each) => moved.has(each))];
}

const actOf = ({ change, from, to, reason }: Omit<Split, 'records'>, action: 'split' | 'unsplit') =>
  ({ action, change, reason, persons: [from, to] }) as const;

/**
 * Files what the plan names under the other person, with its versions and deletions and with what is about it alone, in all
 * databases. A later file that has it as the first person's is rejected. The same again completes what was stopped.
 *
 * @throws Error when the plan names what does not stand under the person, or the split was undone: then nothing has moved
 */
export const splitPersons = (moving: Moving, split: Split): Promise<SplitRecords> =>
  inAllDatabases(moving, async (context) => {
    const { tenant } = moving;
    await requireStanding(context, tenant, split);
    await refuseUndone(context, tenant, split);
    await inEachDatabase(moving, context, actOf(split, 'split'), (within) => splitIn(within, split));
    const moved = await movedEverywhere({ context, tenant }, split.change);
    const { from, to } = split;
    return { records: [...moved], stillNaming: await namingEachOther(context, tenant, { from, to, moved }) };
  });

/** Takes a split back: what moved goes back, with what has come about it since. What has come for the other person stays. */
export const unsplitPersons = (
  moving: Moving,
  split: Omit<Split, 'records'>,
): Promise<Pick<SplitRecords, 'records'>> =>
  inAllDatabases(moving, async (context) => {
    await inEachDatabase(moving, context, actOf(split, 'unsplit'), (within) => unsplitIn(within, split));
    return { records: [...(await movedEverywhere({ context, tenant: moving.tenant }, split.change))] };
  });
