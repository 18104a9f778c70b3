/**
 * Two records that are one person's (docs/adr/0093-follow-persons-whose-numbers-change.md): all that one person has becomes the
 * other's, the survivor's. It can be undone.
 */
import { MEMBER_TYPE, parseResource, type Resource, withoutLabels } from '@patient-access/fhir';
import type pg from 'pg';
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
import { moveRecords, type RecordKey, undoing } from './move-records.ts';
import { isLinkTo, linksOf, linkTo, nobody, noteMoved, replacementsOf } from './replaced-persons.ts';
import { renameWithdrawn } from './withdrawn.ts';

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

const PATIENT = `SELECT body, labelled FROM resource WHERE tenant = $1 AND type = '${MEMBER_TYPE}' AND id = $2 AND form = 0`;
const REPLACE = `
  INSERT INTO replaced_person (tenant, member, survivor, change, patient) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (tenant, member) DO NOTHING`;
const REPLACED = `
  SELECT patient FROM replaced_person WHERE tenant = $1 AND member = $2 AND survivor = $3 AND change = $4`;
const RESTORE = 'DELETE FROM replaced_person WHERE tenant = $1 AND member = $2 AND change = $3';

/** The Patient without the labels of the plan's list of sensitive codes, which come again when it is stored. */
async function patientOf(client: pg.PoolClient, tenant: string, id: string): Promise<Resource | undefined> {
  const { rows } = await client.query<{ body: string; labelled: string[] }>(PATIENT, [tenant, id]);
  return rows[0] && withoutLabels(parseResource(rows[0].body) as Resource, rows[0].labelled);
}

/** Stores the survivor's Patient with other links. */
async function linkSurvivor(
  { context, tenant, ingest }: Omit<Within, 'feed'>,
  survivor: string,
  change: (links: ReturnType<typeof linksOf>) => ReturnType<typeof linksOf>,
): Promise<void> {
  const before = await patientOf(context.own, tenant, survivor);
  if (before === undefined) return;
  const { link: _, ...patient } = before;
  const link = change(linksOf(before));
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

/**
 * If two persons replaced each other, neither would be the survivor. And whom another change has merged already is that one's
 * survivor: her records would stay where they are, and undoing this merge would bring nothing back. auth-service begins such a
 * merge only after its own database, or this one, came from a backup.
 *
 * @throws Error in one line
 */
async function refuseOther(
  client: pg.PoolClient,
  tenant: string,
  { change, replaced, survivor }: Merge,
): Promise<void> {
  const known = await replacementsOf(client, tenant, [replaced, survivor]);
  const [own, other] = [known.get(replaced), known.get(survivor)];
  const before = own && own.changes[0] !== change ? own : other?.survivors.includes(replaced) && other;
  if (!before) return;
  throw new Error(
    `${before.member} is ${before.survivor} in this database, by the change ${before.changes.join(', ')}: correct first what a restore has lost (docs/operate.md, "Backup and restore")`,
  );
}

/**
 * What a merge has moved stays noted when it is undone. So a merge that is not here, and has moved something, was undone: both
 * persons are open, and the one would see what the other has.
 *
 * @throws Error in one line
 */
async function refuseUndone(client: pg.PoolClient, tenant: string, { change, replaced, survivor }: Merge) {
  const { rowCount } = await client.query(REPLACED, [tenant, replaced, survivor, change]);
  if (rowCount === 0 && (await movedBy(client, tenant, change)).length > 0) throw new UndoneError(change);
}

/** @returns what went over, or undefined when nothing is left to do */
async function mergeIn({ context, tenant, ingest }: Within, merge: Merge): Promise<RecordKey[] | undefined> {
  const { change, replaced, survivor } = merge;
  const client = context.own;
  await refuseOther(client, tenant, merge);
  await refuseUndone(client, tenant, merge);
  const keys = await standingUnder(client, tenant, replaced);
  const patient = await patientOf(client, tenant, replaced);
  const before = patient ? JSON.stringify(patient) : null;
  const { rowCount } = await client.query(REPLACE, [tenant, replaced, survivor, change, before]);
  if (keys.length === 0) return rowCount === 0 ? undefined : [];
  await noteMoved(
    client,
    tenant,
    keys.map((key) => ({ ...key, change })),
  );
  // What was taken from the survivor as the replaced person's is hers after all, as long as the merge stands.
  await renameWithdrawn(context.all, tenant, keys, { from: survivor, to: nobody(change) });
  const move = { from: replaced, to: survivor, keys, change: replacedBy(merge) };
  await moveRecords(context, tenant, ingest, move);
  await linkSurvivor({ context, tenant, ingest }, survivor, (links) => [
    ...links.filter((link) => !isLinkTo(replaced, 'replaces')(link)),
    linkTo(replaced, 'replaces'),
  ]);
  return keys;
}

/** What was moved, and what is about it alone: that has come since as the survivor's, and names no person. */
async function goingBack(within: Within, { change, survivor }: Merge): Promise<RecordKey[]> {
  const { context, tenant } = within;
  const moved = await movedEverywhere(within, change);
  const own = await movedBy(context.own, tenant, change);
  return [...own, ...(await aboutMoved(within, survivor, moved))];
}

/** @returns what went back, or undefined when nothing is left to do */
async function unmergeIn(within: Within, merge: Merge): Promise<RecordKey[] | undefined> {
  const { context, tenant, ingest } = within;
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
  const keys = await goingBack(within, merge);
  // First, so that what is stored now is not filed under the survivor again.
  await client.query(RESTORE, [tenant, replaced, change]);
  const asBefore = await undoing(client, tenant, { from: replaced, to: survivor, keys });
  const isOwn = ({ resourceType, id }: Resource) => resourceType === MEMBER_TYPE && id === replaced;
  await moveRecords(context, tenant, ingest, {
    from: survivor,
    to: replaced,
    keys,
    change: (resource, stored) =>
      isOwn(resource) && row.patient !== null
        ? (parseResource(row.patient) as Resource)
        : asBefore(resource, stored),
  });
  await renameWithdrawn(context.all, tenant, keys, { from: nobody(change), to: survivor });
  await linkSurvivor({ context, tenant, ingest }, survivor, (links) =>
    links.filter((link) => !isLinkTo(replaced, 'replaces')(link)),
  );
  return keys;
}

const actOf = ({ change, replaced, survivor, reason }: Merge, action: 'merge' | 'unmerge') =>
  ({ action, change, reason, persons: [replaced, survivor] }) as const;

/**
 * Files all that one person has under the other, with its versions and deletions, in all databases. The same again
 * completes what was stopped, and changes nothing where all is done.
 *
 * @returns what moved
 * @throws Error in one line when a database has one of them as replaced otherwise; UndoneError
 */
export const mergePersons = (moving: Moving, merge: Merge): Promise<MovedRecords> =>
  inAllDatabases(moving, async (context) => ({
    records: await inEachDatabase(moving, context, actOf(merge, 'merge'), (within) => mergeIn(within, merge)),
  }));

/** Takes a merge back: what moved goes back, also what has come for the replaced person since. */
export const unmergePersons = (moving: Moving, merge: Merge): Promise<MovedRecords> =>
  inAllDatabases(moving, async (context) => ({
    records: await inEachDatabase(moving, context, actOf(merge, 'unmerge'), (within) =>
      unmergeIn(within, merge),
    ),
  }));
