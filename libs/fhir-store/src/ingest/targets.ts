/**
 * Finds the member of a resource that belongs to the same member as the resources that it refers to, in whichever
 * database those are stored. Removes the resource when one of these targets turns out to be another member's.
 */
import { definitions, MEMBER_TYPE, type Target } from '@patient-access/fhir';
import type pg from 'pg';
import { insertRows } from './rows/insert-rows.ts';
import { currentRows, keyColumns, keyOfTarget, targetColumns } from './rows/key-columns.ts';
import { type Databases, NeedsAll, type WriteContext } from './turns/storing.ts';
import { deleteRowsOf, type StoredKey } from './rows/versions.ts';
import { asTenant } from '../sql/as-tenant.ts';

const MEMBERS = `SELECT r.* FROM ${currentRows('o.type, o.id, o.member')}`;
const AWAITED_COLUMNS = ['tenant', 'type', 'id', 'by_member', 'by_type', 'by_id'];
const NO_LONGER_AWAITED = `
  DELETE FROM awaited_target a USING unnest($2::text[], $3::text[]) AS k (type, id)
   WHERE a.tenant = $1 AND a.by_type = k.type AND a.by_id = k.id`;
/** Resources of one member that refer to resources which have come now and belong to another member. */
const CONTRADICTED = `
  SELECT DISTINCT a.by_member AS member, a.by_type AS type, a.by_id AS id
    FROM awaited_target a JOIN unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
      ON a.type = k.type AND a.id = k.id
   WHERE a.tenant = $1 AND k.member <> '' AND a.by_member <> k.member`;

/** A reference to a Patient names the member by its id, whether or not the Patient is stored. */
const memberNamedBy = ({ type, id }: Target): string | undefined => (type === MEMBER_TYPE ? id : undefined);

/** Asks every other database of the tenant. Databases in which a transaction is open are asked within it. */
async function inOthers<Row>(
  { own, all, others }: WriteContext,
  tenant: string,
  ask: (client: pg.PoolClient) => Promise<Row[]>,
): Promise<Row[]> {
  const here = await Promise.all(all.filter((client) => client !== own).map(ask));
  const elsewhere = await Promise.all(others.map((pool) => asTenant(pool, tenant, ask)));
  return [...here, ...elsewhere].flat();
}

type Ask = (targets: readonly Target[]) => Promise<readonly StoredKey[]>;

const askedBy =
  (tenant: string, targets: readonly Target[]) =>
  async (client: pg.PoolClient): Promise<StoredKey[]> =>
    (await client.query<StoredKey>(MEMBERS, [tenant, ...targetColumns(targets)])).rows;

/** @param steps each is asked about those that were not found before it */
async function membersBy(targets: readonly Target[], steps: readonly Ask[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const each = new Map(targets.map((target) => [keyOfTarget(target), target]));
  let unknown = [...each.values()].filter((target) => {
    const member = memberNamedBy(target);
    if (member !== undefined) found.set(keyOfTarget(target), member);
    return member === undefined && definitions.has(target.type);
  });
  for (const ask of steps) {
    if (unknown.length === 0) break;
    for (const row of await ask(unknown)) found.set(keyOfTarget(row), row.member);
    unknown = unknown.filter((target) => !found.has(keyOfTarget(target)));
  }
  return found;
}

/**
 * A type is stored in one database. Most targets are in the one of what refers to them.
 *
 * @returns the member of each target that is stored or is a member itself, by `Type/id`; '' for the plan's resources
 */
export const membersOf = (
  context: WriteContext,
  tenant: string,
  targets: readonly Target[],
): Promise<Map<string, string>> =>
  membersBy(targets, [
    (unknown) => askedBy(tenant, unknown)(context.own),
    (unknown) => inOthers(context, tenant, askedBy(tenant, unknown)),
  ]);

/** The same before a transaction, as it is stored by then. It never waits for a connection while it has another one. */
export const membersAhead = (
  { own, all }: Databases,
  tenant: string,
  targets: readonly Target[],
): Promise<Map<string, string>> =>
  membersBy(
    targets,
    [own, ...all.filter((pool) => pool !== own)].map(
      (pool) => (unknown) => asTenant(pool, tenant, askedBy(tenant, unknown)),
    ),
  );

/** A resource whose member follows from its targets, and those of its targets that are stored nowhere yet. */
export interface Awaiting extends StoredKey {
  targets: readonly Target[];
}

/** These resources are no longer stored, so they wait for no target. */
export async function forgetAwaited(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
): Promise<void> {
  if (keys.length > 0) await client.query(NO_LONGER_AWAITED, [tenant, ...targetColumns(keys)]);
}

/** Notes the targets that have not come yet. This replaces earlier notes about the same resources. */
export async function awaitTargets(
  { own }: WriteContext,
  tenant: string,
  awaiting: readonly Awaiting[],
): Promise<void> {
  if (awaiting.length === 0) return;
  await forgetAwaited(own, tenant, awaiting);
  const rows = awaiting.flatMap(({ member, type, id, targets }) => {
    const distinct = new Map(targets.map((target) => [keyOfTarget(target), target]));
    return [...distinct.values()].map((target) => [tenant, target.type, target.id, member, type, id]);
  });
  await insertRows(own, 'awaited_target', AWAITED_COLUMNS, rows);
}

const TABLES = ['resource', 'resource_history', 'search_value', 'profile_check'] as const;

/**
 * Removes resources that were stored as one member's and now turn out to refer to another member's resource.
 *
 * @param arrived resources that have come now
 * @returns what was removed
 * @throws NeedsAll when something has to be removed and the context has only one database
 * @throws NeedsMembers when it is a member's who is not in this turn
 */
export async function takeBackContradicted(
  context: WriteContext,
  tenant: string,
  arrived: readonly StoredKey[],
): Promise<StoredKey[]> {
  if (arrived.length === 0) return [];
  const values = [tenant, ...keyColumns(arrived)];
  const ask = async (client: pg.PoolClient) => (await client.query<StoredKey>(CONTRADICTED, values)).rows;
  const contradicted = [...(await ask(context.own)), ...(await inOthers(context, tenant, ask))];
  if (contradicted.length === 0) return [];
  if (!context.isComplete) throw new NeedsAll();
  context.turn.require(contradicted.map(({ member }) => member));
  for (const client of context.all) {
    for (const table of TABLES) await deleteRowsOf(client, table, tenant, contradicted);
    await forgetAwaited(client, tenant, contradicted);
  }
  for (const { member } of contradicted) context.changed.add(member);
  return contradicted;
}
