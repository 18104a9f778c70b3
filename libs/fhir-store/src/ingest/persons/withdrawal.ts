/**
 * Takes a record from the person under whom it was filed by mistake
 * (docs/adr/0081-take-a-record-from-the-wrong-person-whole.md). Nothing of it stays with that person, neither a version nor a
 * deletion.
 */
import {
  compartmentOf,
  definitions,
  isMemberData,
  MEMBER_TYPE,
  parseResource,
  type Resource,
  type Target,
  withNoNarrative,
  withoutLabels,
} from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import type pg from 'pg';
import { withdrawComplete } from '../loads/complete-records.ts';
import { referring } from '../rows/conditional-rows.ts';
import type { Ingest } from '../ingest.ts';
import { keyOfTarget, targetColumns } from '../rows/key-columns.ts';
import { eventOnRecords, type ImportSource } from '../ingest-event.ts';
import { type Databases, NeedsAll, noteMove, storing, type WriteContext } from '../turns/storing.ts';
import { forgetAwaited } from '../targets.ts';
import { referringTo } from './replaced-persons.ts';
import { deleteRowsOf, nextInstant, type StoredKey } from '../rows/versions.ts';
import { noteWithdrawn, withdrawnOf } from './withdrawn.ts';

/** A record that stands under the wrong person, and where it belongs. */
export interface Misfiling {
  /** under whom it stands */
  member: string;
  record: Target;
  reason: string;
  /** whose it is, and the id that it gets there; absent: it goes and is filed nowhere */
  to?: { member: string; id: string };
}

export interface Withdrawal {
  /** what went, as `Type/id`: the record, and what was about it */
  withdrawn: string[];
  /** what the person still has that names the record, as `Type/id` */
  stillNaming: string[];
  /** where the record is now */
  filed?: string;
  /** why it is filed nowhere, although it was to be */
  notFiled?: string;
}

const BODY = `
  SELECT body, labelled, false AS "isDeleted" FROM resource
   WHERE tenant = $1 AND member = $2 AND type = $3 AND id = $4 AND form = 0
  UNION ALL
  SELECT body, labelled, true FROM deleted_resource
   WHERE tenant = $1 AND member = $2 AND type = $3 AND id = $4 AND form = 0`;
const EXISTS = 'SELECT FROM resource WHERE tenant = $1 AND type = $2 AND id = $3 AND form = 0';
const TABLES = ['resource', 'deleted_resource', 'resource_history', 'search_value', 'profile_check'] as const;

/**
 * Former versions that others have from when the record was theirs. Nobody reads them while it is another's, and when it is stored
 * again its versions are counted from the first one. Those with a deletion are counted on from there.
 */
export const FORGET_FORMER = `
  DELETE FROM resource_history h USING unnest($2::text[], $3::text[]) AS k (type, id)
   WHERE h.tenant = $1 AND h.type = k.type AND h.id = k.id
     AND NOT EXISTS (SELECT FROM deleted_resource d
                      WHERE d.tenant = h.tenant AND d.member = h.member AND d.type = h.type AND d.id = h.id)`;

const nameOf = ({ resourceType, id }: Resource) => `${resourceType}/${id}`;

/** The records of members from which it follows whose this resource is. */
function recordsBehind(resource: Resource, member: string): string[] {
  const definition = definitions.get(resource.resourceType);
  const compartment = definition && compartmentOf(definition, resource);
  if (compartment?.to !== 'reference') return [];
  return compartment.targets
    .filter(({ type, id }) => isMemberData(type) && (type !== MEMBER_TYPE || id !== member))
    .map(({ type, id }) => `${type}/${id}`);
}

const keysOf = ({ member, record }: Misfiling, about: readonly Resource[]): StoredKey[] => [
  { member, ...record },
  ...about.map(({ resourceType: type, id }) => ({ member, type, id })),
];

/** What of the person's record names this one, in all databases. */
async function namingOf(
  { all }: WriteContext,
  tenant: string,
  { member, record }: Misfiling,
): Promise<Resource[]> {
  const key = keyOfTarget(record);
  const found: Resource[] = [];
  for (const client of all) found.push(...(await referring(client, tenant, member, [key])));
  // The search of the text also finds longer ids that begin alike.
  const exactly = new RegExp(`(?<![A-Za-z])${key.replaceAll('.', '\\.')}(?![A-Za-z0-9.-])`);
  return found.filter((each) => nameOf(each) !== key && exactly.test(JSON.stringify(each)));
}

async function remove(client: pg.PoolClient, tenant: string, keys: readonly StoredKey[]): Promise<void> {
  for (const table of TABLES) await deleteRowsOf(client, table, tenant, keys);
  await client.query(FORGET_FORMER, [tenant, ...targetColumns(keys)]);
  await forgetAwaited(client, tenant, keys);
  const types = keys.map(({ type }) => type);
  await withdrawComplete(client, tenant, types, undefined);
}

/** A record as it is stored, with the labels that the plan's list of sensitive codes added. */
interface Stored {
  body: string;
  labelled: string[];
  /** the plan has deleted it, and this is what it was */
  isDeleted: boolean;
}

/** The record as the other person's. Its narratives may say whose it was, and go. The list labels it again. */
function asOf(
  { body, labelled }: Stored,
  from: string,
  { member, id }: { member: string; id: string },
): Resource {
  const sent = withoutLabels(parseResource(body) as Resource, labelled);
  return { ...withNoNarrative(referringTo(sent, from, member)), id };
}

async function file(
  ingest: Ingest,
  context: WriteContext,
  tenant: string,
  {
    stored,
    misfiling: { member, record },
    to,
  }: { stored: Stored; misfiling: Misfiling; to: NonNullable<Misfiling['to']> },
): Promise<Pick<Withdrawal, 'filed' | 'notFiled'>> {
  if (stored.isDeleted) return { notFiled: 'it was deleted, and would come back' };
  const taken = await context.own.query(EXISTS, [tenant, record.type, to.id]);
  if (taken.rowCount) throw new Error(`${record.type}/${to.id} is another record: give a new id`);
  noteMove(context, { from: member, to: to.member });
  const [result] = await ingest.storeWithin(context, [{ resource: asOf(stored, member, to), origin: to.id }]);
  if (result?.status !== 'created')
    throw new Error(`it cannot be filed: ${result?.status === 'rejected' ? result.reason : 'it is stored'}`);
  return { filed: `${record.type}/${to.id}` };
}

/** The event is in the trail of the person from whom the record was taken, and does not say whose it is. */
function correction(source: ImportSource, tenant: string, misfiling: Misfiling, count: number) {
  const { member, record, reason } = misfiling;
  const { type } = record;
  const request = `${keyOfTarget(record)}: ${reason}`;
  const about = { member, type, counts: { [type]: count }, request };
  return recordStatement([eventOnRecords(source, tenant, 'withdraw', about)]);
}

/**
 * Withdraws a record, with what is about it, and files it under the person whose it is, if the plan has not deleted it: in the
 * database of the record all in one transaction, or nothing. The same again completes what was stopped.
 *
 * @param ingest stores the record under the other person
 * @throws Error when the person does not have the record, or it cannot be filed as told
 */
export function withdraw(
  {
    databases,
    tenant,
    ingest,
    feed,
  }: { databases: Databases; tenant: string; ingest: Ingest; feed: ImportSource },
  misfiling: Misfiling,
): Promise<Withdrawal> {
  const { member, record, reason, to } = misfiling;
  return storing(databases, tenant, async (context) => {
    // What is about the record, and what is withheld because of it, may be in any database.
    if (!context.isComplete) throw new NeedsAll();
    const { rows } = await context.own.query<Stored>(BODY, [tenant, member, record.type, record.id]);
    // The databases commit one after the other. Whoever was stopped in between runs the same again.
    const isBegun = (await withdrawnOf(context.own, tenant, [{ member, ...record }])).size > 0;
    const [stored] = rows;
    if (!stored && !isBegun) throw new Error(`${record.type}/${record.id} does not stand under ${member}`);
    const naming = await namingOf(context, tenant, misfiling);
    const name = keyOfTarget(record);
    const about = naming.filter((each) => recordsBehind(each, member).includes(name));
    // What is about other records of hers, too, may come again without this one (withdrawn.ts).
    const only = about.filter((each) => recordsBehind(each, member).every((one) => one === name));
    const [all, away] = [keysOf(misfiling, about), keysOf(misfiling, only)];
    for (const client of context.all) {
      await remove(client, tenant, all);
      const withdrawn = await nextInstant(client, tenant, [member]);
      await noteWithdrawn(client, tenant, away, { withdrawn, by: feed.by, reason });
    }
    context.changed.add(member);
    await context.own.query(correction(feed, tenant, misfiling, all.length));
    const filing = stored && to && (await file(ingest, context, tenant, { stored, misfiling, to }));
    return {
      withdrawn: all.map(({ type, id }) => `${type}/${id}`),
      stillNaming: naming.filter((each) => !about.includes(each)).map(nameOf),
      ...filing,
    };
  });
}
