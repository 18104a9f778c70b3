/**
 * Two records that are one person's (docs/adr/0093-follow-persons-whose-numbers-change.md): all that one person has becomes the
 * other's, the survivor's. It can be undone.
 */
import { randomUUID } from 'node:crypto';
import { compartmentOf, definitions, MEMBER_TYPE, parseResource, type Resource } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox';
import type pg from 'pg';
import { Ingest } from './ingest.ts';
import { type ImportSource, personOfPlan } from './ingest-event.ts';
import { moveRecords, type RecordKey } from './move-records.ts';
import { isLinkTo, linksOf, linkTo, noteMoved } from './replaced-persons.ts';
import { keyOfTarget } from './targets.ts';
import { type Databases, NeedsAll, storing, type WriteContext } from './storing.ts';

export interface Merge {
  /** its id at auth-service */
  change: string;
  /** whose records go */
  replaced: string;
  /** whose they are from then on */
  survivor: string;
  reason: string;
}

/** What moved, as `Type/id`. */
export interface MovedRecords {
  records: string[];
}

/** In which databases, for which plan, and who does it. */
export interface Merging {
  databases: Databases;
  tenant: string;
  feed: ImportSource;
}

const ALL_OF = `
  SELECT type, id FROM resource WHERE tenant = $1 AND member = $2 AND form = 0
   UNION SELECT type, id FROM deleted_resource WHERE tenant = $1 AND member = $2 AND form = 0
   UNION SELECT type, id FROM resource_history WHERE tenant = $1 AND member = $2`;
const PATIENT = `SELECT body FROM resource WHERE tenant = $1 AND type = '${MEMBER_TYPE}' AND id = $2 AND form = 0`;
/** Who was replaced by this person before is replaced by the new survivor. */
const FOLLOW = 'UPDATE replaced_person SET survivor = $3 WHERE tenant = $1 AND survivor = $2';
const REPLACE = `
  INSERT INTO replaced_person (tenant, member, survivor, change, patient) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (tenant, member) DO NOTHING`;
const REPLACED = `
  SELECT patient FROM replaced_person WHERE tenant = $1 AND member = $2 AND survivor = $3 AND change = $4`;
const RESTORE = 'DELETE FROM replaced_person WHERE tenant = $1 AND member = $2 AND change = $3';
const MOVED = 'SELECT type, id FROM moved_record WHERE tenant = $1 AND change = $2';
/** Resources whose member follows from what they refer to may name no person. */
const BY_REFERENCE = [...definitions]
  .filter(([, { membership }]) => membership.by === 'reference')
  .map(([type]) => type);
const REFERRING = `
  SELECT type, id, body FROM resource WHERE tenant = $1 AND member = $2 AND type = ANY ($3::text[]) AND form = 0`;

async function keysOf(client: pg.PoolClient, text: string, values: string[]): Promise<RecordKey[]> {
  return (await client.query<RecordKey>(text, values)).rows;
}

async function patientOf(client: pg.PoolClient, tenant: string, id: string): Promise<string | undefined> {
  return (await client.query<{ body: string }>(PATIENT, [tenant, id])).rows[0]?.body;
}

/** Work in one of the databases, in a transaction that is open in all of them. */
interface Within {
  context: WriteContext;
  tenant: string;
  ingest: Ingest;
}

/** Stores the survivor's Patient with other links. */
async function linkSurvivor(
  { context, tenant, ingest }: Within,
  survivor: string,
  change: (links: ReturnType<typeof linksOf>) => ReturnType<typeof linksOf>,
): Promise<void> {
  const body = await patientOf(context.own, tenant, survivor);
  if (body === undefined) return;
  const { link: _, ...patient } = parseResource(body) as Resource;
  const link = change(linksOf(parseResource(body) as Resource));
  const resource = { ...patient, ...(link.length > 0 && { link }) } as Resource;
  await ingest.storeWithin(context, [{ resource, origin: survivor, filedUnder: survivor }]);
}

/** The replaced person's own Patient (http://hl7.org/fhir/R4/patient-definitions.html#Patient.link.type). */
const replacedBy =
  ({ replaced, survivor }: Merge) =>
  (resource: Resource): Resource => {
    if (resource.resourceType !== MEMBER_TYPE || resource.id !== replaced) return resource;
    const others = linksOf(resource).filter((link) => !isLinkTo(survivor, 'replaced-by')(link));
    return { ...resource, active: false, link: [...others, linkTo(survivor, 'replaced-by')] };
  };

/** @returns what went over, or undefined when nothing is left to do */
async function mergeIn({ context, tenant, ingest }: Within, merge: Merge): Promise<RecordKey[] | undefined> {
  const { change, replaced, survivor } = merge;
  const client = context.own;
  const keys = await keysOf(client, ALL_OF, [tenant, replaced]);
  const patient = await patientOf(client, tenant, replaced);
  await client.query(FOLLOW, [tenant, replaced, survivor]);
  const { rowCount } = await client.query(REPLACE, [tenant, replaced, survivor, change, patient ?? null]);
  if (keys.length === 0) return rowCount === 0 ? undefined : [];
  await noteMoved(
    client,
    tenant,
    keys.map((key) => ({ ...key, change })),
  );
  const move = { from: replaced, to: survivor, keys, change: replacedBy(merge) };
  await moveRecords(context, tenant, ingest, move);
  await linkSurvivor({ context, tenant, ingest }, survivor, (links) => [
    ...links.filter((link) => !isLinkTo(replaced, 'replaces')(link)),
    linkTo(replaced, 'replaces'),
  ]);
  return keys;
}

/** What was moved, and what is about it alone: that has come since as the survivor's, and names no person. */
async function goingBack(
  { context, tenant }: Within,
  { change, survivor }: Pick<Merge, 'change' | 'survivor'>,
): Promise<RecordKey[]> {
  const moved = new Set<string>();
  for (const client of context.all)
    for (const key of await keysOf(client, MOVED, [tenant, change])) moved.add(keyOfTarget(key));
  const isGoing = (body: string): boolean => {
    const resource = parseResource(body) as Resource;
    const definition = definitions.get(resource.resourceType);
    const compartment = definition && compartmentOf(definition, resource);
    return compartment?.to === 'reference' && compartment.targets.every((one) => moved.has(keyOfTarget(one)));
  };
  const { rows } = await context.own.query<RecordKey & { body: string }>(REFERRING, [
    tenant,
    survivor,
    BY_REFERENCE,
  ]);
  const own = await keysOf(context.own, MOVED, [tenant, change]);
  const known = new Set(own.map((key) => keyOfTarget(key)));
  const about = rows.filter((row) => !known.has(keyOfTarget(row)) && isGoing(row.body));
  return [...own, ...about.map(({ type, id }) => ({ type, id }))];
}

/** @returns what went back, or undefined when nothing is left to do */
async function unmergeIn(
  { context, tenant, ingest }: Within,
  merge: Merge,
): Promise<RecordKey[] | undefined> {
  const { change, replaced, survivor } = merge;
  const client = context.own;
  const { rows } = await client.query<{ patient: string | null }>(REPLACED, [
    tenant,
    replaced,
    survivor,
    change,
  ]);
  const [row] = rows;
  if (!row) return undefined;
  const keys = await goingBack({ context, tenant, ingest }, { change, survivor });
  // First, so that what is stored now is not filed under the survivor again.
  await client.query(RESTORE, [tenant, replaced, change]);
  const isOwn = ({ resourceType, id }: Resource) => resourceType === MEMBER_TYPE && id === replaced;
  await moveRecords(context, tenant, ingest, {
    from: survivor,
    to: replaced,
    keys,
    change: (resource) =>
      isOwn(resource) && row.patient !== null ? (parseResource(row.patient) as Resource) : resource,
  });
  await linkSurvivor({ context, tenant, ingest }, survivor, (links) =>
    links.filter((link) => !isLinkTo(replaced, 'replaces')(link)),
  );
  return keys;
}

/** In the trails of both, and neither names the other: if it was a mistake, they are two people. */
function eventsOf({ tenant, feed }: Merging, merge: Merge, action: 'merge' | 'unmerge', records: number) {
  const { replaced, survivor, reason, change } = merge;
  return [replaced, survivor].map((member) => ({
    requestId: randomUUID(),
    service: feed.owner,
    tenant,
    recorded: new Date().toISOString(),
    kind: 'ingest' as const,
    action,
    outcome: '0' as const,
    member,
    type: MEMBER_TYPE,
    user: personOfPlan(feed.by),
    counts: { [MEMBER_TYPE]: 1 },
    request: `${change}: ${reason} (${records} records)`.slice(0, 4_000),
  }));
}

/** What is done in each database. @returns see {@link mergeIn} */
type Step = (within: Within, merge: Merge) => Promise<RecordKey[] | undefined>;

/** The databases commit one after the other. Whoever was stopped in between runs the same again. */
function inEachDatabase(
  merging: Merging,
  merge: Merge,
  { action, step }: { action: 'merge' | 'unmerge'; step: Step },
): Promise<MovedRecords> {
  const { databases, tenant } = merging;
  return storing(databases, tenant, async (context) => {
    if (!context.isComplete) throw new NeedsAll();
    const done: (RecordKey[] | undefined)[] = [];
    for (const client of context.all) {
      const ingest = new Ingest(databases, tenant);
      done.push(await step({ context: { ...context, own: client }, tenant, ingest }, merge));
    }
    const records = done.flatMap((keys) => keys ?? []).map(({ type, id }) => `${type}/${id}`);
    if (done.every((keys) => keys === undefined)) return { records };
    for (const member of [merge.replaced, merge.survivor]) context.changed.add(member);
    await context.own.query(recordStatement(eventsOf(merging, merge, action, records.length)));
    return { records };
  });
}

/**
 * Files all that one person has under the other, with its versions and deletions, in all databases. The same again
 * completes what was stopped, and changes nothing where all is done.
 *
 * @returns what moved
 */
export const mergePersons = (merging: Merging, merge: Merge): Promise<MovedRecords> =>
  inEachDatabase(merging, merge, { action: 'merge', step: mergeIn });

/** Takes a merge back: what moved goes back, also what has come for the replaced person since. */
export const unmergePersons = (merging: Merging, merge: Merge): Promise<MovedRecords> =>
  inEachDatabase(merging, merge, { action: 'unmerge', step: unmergeIn });
