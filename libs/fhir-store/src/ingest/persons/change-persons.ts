/**
 * Moving records of one person to another one in all databases, for a merge and for a split
 * (docs/adr/0093-follow-persons-whose-numbers-change.md).
 */
import type { ActOnRecords } from '@patient-access/events';
import { compartmentOf, definitions, MEMBER_TYPE, parseResource, type Resource } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import type pg from 'pg';
import { Ingest } from '../ingest.ts';
import { eventOnRecords, type ImportSource } from '../ingest-event.ts';
import type { RecordKey } from './move-records.ts';
import { keyOfTarget } from '../rows/key-columns.ts';
import { type Databases, NeedsAll, storing, type WriteContext } from '../turns/storing.ts';

/** In which databases, for which plan, and who does it. */
export interface Moving {
  databases: Databases;
  tenant: string;
  feed: ImportSource;
}

/** A change that was taken back moves nothing again. Whoever runs the command has an old file of it. */
export class UndoneError extends Error {
  constructor(change: string) {
    super(`the change ${change} was taken back, and moves nothing again: begin another one (docs/import.md)`);
  }
}

/** Work in one of the databases, in a transaction that is open in all of them. */
export interface Within {
  context: WriteContext;
  tenant: string;
  ingest: Ingest;
  feed: ImportSource;
}

/** Of what is another person's by now, former versions or a deletion may have stayed. Nobody reads them. */
const STANDING = `
  SELECT type, id FROM resource WHERE tenant = $1 AND member = $2 AND form = 0
   UNION
  SELECT d.type, d.id FROM deleted_resource d
   WHERE d.tenant = $1 AND d.member = $2 AND d.form = 0
     AND NOT EXISTS (SELECT FROM resource r
                      WHERE r.tenant = d.tenant AND r.type = d.type AND r.id = d.id AND r.form = 0)
     AND NOT EXISTS (SELECT FROM deleted_resource o
                      WHERE o.tenant = d.tenant AND o.type = d.type AND o.id = d.id AND o.form = 0
                        AND o.member <> d.member AND o.version > d.version)`;
const MOVED = 'SELECT type, id FROM moved_record WHERE tenant = $1 AND change = $2';
/** Resources whose member follows from what they refer to may name no person. */
const BY_REFERENCE = [...definitions]
  .filter(([, { membership }]) => membership.by === 'reference')
  .map(([type]) => type);
const REFERRING = ['resource', 'deleted_resource']
  .map(
    (table) => `
  SELECT type, id, body FROM ${table} WHERE tenant = $1 AND member = $2 AND type = ANY ($3::text[]) AND form = 0`,
  )
  .join(' UNION ALL ');

/** @returns all that stands under a person, also what is deleted */
export async function standingUnder(
  client: pg.PoolClient,
  tenant: string,
  member: string,
): Promise<RecordKey[]> {
  return (await client.query<RecordKey>(STANDING, [tenant, member])).rows;
}

/** @returns what a change has moved in this database */
export async function movedBy(client: pg.PoolClient, tenant: string, change: string): Promise<RecordKey[]> {
  return (await client.query<RecordKey>(MOVED, [tenant, change])).rows;
}

/** @returns what a change has moved in all databases, as `Type/id` */
export async function movedEverywhere(
  { context, tenant }: Pick<Within, 'context' | 'tenant'>,
  change: string,
): Promise<Set<string>> {
  const moved = new Set<string>();
  for (const client of context.all)
    for (const key of await movedBy(client, tenant, change)) moved.add(keyOfTarget(key));
  return moved;
}

/** What stands under a person and is about these records alone. @param moved as `Type/id` */
export async function aboutMoved(
  { context, tenant }: Within,
  member: string,
  moved: ReadonlySet<string>,
): Promise<RecordKey[]> {
  const isGoing = (body: string): boolean => {
    const resource = parseResource(body) as Resource;
    const definition = definitions.get(resource.resourceType);
    const compartment = definition && compartmentOf(definition, resource);
    if (compartment?.to !== 'reference') return false;
    // Whose it is besides follows the record.
    const records = compartment.targets.filter(({ type, id }) => type !== MEMBER_TYPE || id !== member);
    return records.length > 0 && records.every((one) => moved.has(keyOfTarget(one)));
  };
  const { rows } = await context.own.query<RecordKey & { body: string }>(REFERRING, [
    tenant,
    member,
    BY_REFERENCE,
  ]);
  return rows
    .filter((row) => !moved.has(keyOfTarget(row)) && isGoing(row.body))
    .map(({ type, id }) => ({ type, id }));
}

/** What is done, to whom, and why. */
interface Act {
  /** of the events */
  action: Extract<ActOnRecords, 'merge' | 'unmerge' | 'split' | 'unsplit'>;
  change: string;
  persons: readonly [string, string];
  reason: string;
}

/** In the trails of both, and neither names the other: they may be two people. */
function eventsOf({ tenant, feed }: Moving, { action, change, persons, reason }: Act, records: number) {
  const request = `${change}: ${reason} (${records} records)`;
  const about = { type: MEMBER_TYPE, counts: { [MEMBER_TYPE]: 1 }, request };
  return persons.map((member) => eventOnRecords(feed, tenant, action, { member, ...about }));
}

/** Runs work in a transaction of every database, one inside the other. */
export const inAllDatabases = <Result>(
  { databases, tenant }: Moving,
  work: (context: WriteContext) => Promise<Result>,
): Promise<Result> =>
  storing(databases, tenant, async (context) => {
    if (!context.isComplete) throw new NeedsAll();
    return work(context);
  });

/**
 * Does a step in each database. They commit one after the other: whoever was stopped in between runs the same again.
 *
 * @param step moves what there is to move, or says that nothing is left to do
 * @returns what moved, as `Type/id`
 */
export async function inEachDatabase(
  moving: Moving,
  context: WriteContext,
  act: Act,
  step: (within: Within) => Promise<RecordKey[] | undefined>,
): Promise<string[]> {
  const { databases, tenant, feed } = moving;
  const done: (RecordKey[] | undefined)[] = [];
  for (const client of context.all) {
    const ingest = new Ingest(databases, tenant);
    done.push(await step({ context: { ...context, own: client }, tenant, ingest, feed }));
  }
  const records = done.flatMap((keys) => keys ?? []).map(({ type, id }) => `${type}/${id}`);
  if (done.every((keys) => keys === undefined)) return records;
  for (const member of act.persons) context.changed.add(member);
  await context.own.query(recordStatement(eventsOf(moving, act, records.length)));
  return records;
}
