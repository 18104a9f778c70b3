/**
 * The conditional resources of a member: those that not every caller may see. Every database of the tenant has the
 * same rows (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { type Alternatives, type Conditional, parseResource, type Resource } from '@patient-access/fhir';
import type pg from 'pg';
import { insertRows } from './insert-rows.ts';
import { keyOfTarget, targetColumns } from './key-columns.ts';
import { deleteRowsOf } from './versions.ts';

const COLUMNS = ['tenant', 'member', 'type', 'id', 'alternatives'];
const OF_MEMBERS = `
  SELECT member, type, id, alternatives FROM conditional_resource
   WHERE tenant = $1 AND (member = ANY ($2) OR member = '')`;
/** The current whole forms of the resources that not every caller sees. What was deleted stays as hidden as it was. */
const SEEN_BY_SOME = ['resource', 'deleted_resource']
  .map(
    (table) =>
      `SELECT type, id, body FROM ${table} WHERE tenant = $1 AND member = $2 AND audience IS NOT NULL AND form = 0`,
  )
  .join(' UNION ALL ');
const STANDING = ['resource', 'deleted_resource']
  .map(
    (table) => `
  SELECT r.type, r.id FROM ${table} r JOIN unnest($3::text[], $4::text[]) AS k (type, id) ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.member = $2 AND r.form = 0`,
  )
  .join(' UNION ALL ');
/** A character that a key has, in hexadecimal: a letter, a digit, `-`, `.` or `/`. Others are frequent, and hide no key. */
const IN_KEY = '2[def]|3[0-9]|[46][1-9a-f]|[57][0-9a]';
/** The same as an entity, as `&#47;` is a slash, or percent-encoded, once or more often. So may the `%` be. */
const WRITTEN_OTHERWISE =
  '&#(0*(37|4[5-9]|5[0-7]|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2])[^0-9]' +
  `|x0*(25|${IN_KEY})[^0-9a-f])|%(25)*(${IN_KEY})`;
/**
 * May the text of a resource name one of the keys? Most texts name no resource of these types at all, so that is looked
 * for first. A text may be written as `Encounter&#47;7` or `Encounter%2F7`, and is read by who reads the resource.
 *
 * @param keys the parameter with the keys @param types the parameter with how they begin: `Type/`
 */
const namesOneOf = (keys: string, types: string) => `
  (((strpos(whole.body, '&#') > 0 OR strpos(whole.body, '%') > 0) AND whole.body ~* '${WRITTEN_OTHERWISE}')
   OR EXISTS (SELECT FROM unnest(${types}::text[]) AS type (begin)
               WHERE strpos(whole.body, type.begin) > 0
                 AND EXISTS (SELECT FROM unnest(${keys}::text[]) AS named (key)
                              WHERE starts_with(named.key, type.begin) AND strpos(whole.body, named.key) > 0)))`;
/**
 * Few resources are conditional, so those that refer to them are found by a search of the text. An index of all
 * references would make every import slower. `body || ''` and OFFSET make Postgres decompress each text once and not
 * once for each key; strpos is faster than LIKE. Together they take a tenth of the time. Those that not everybody sees are
 * left out: {@link SEEN_BY_SOME} finds them, whatever they refer to.
 */
const REFERRING = ['resource', 'deleted_resource']
  .map(
    (table) => `
  SELECT type, id, body
    FROM (SELECT type, id, body || '' AS body FROM ${table}
           WHERE tenant = $1 AND member = $2 AND form = 0 AND audience IS NULL OFFSET 0) whole
   WHERE ${namesOneOf('$3', '$4')}`,
  )
  .join(' UNION ALL ');
/** As {@link REFERRING}, of all resources of which an earlier version contains one of the keys. */
const FORMERLY_REFERRING = `
  WITH named AS MATERIALIZED (
    SELECT DISTINCT type, id
      FROM (SELECT type, id, body || '' AS body FROM resource_history
             WHERE tenant = $1 AND member = $2 AND form = 0 OFFSET 0) whole
     WHERE ${namesOneOf('$3', '$4')})
  ${['resource', 'deleted_resource']
    .map(
      (table) => `
  SELECT type, id, body FROM ${table} JOIN named USING (type, id)
   WHERE tenant = $1 AND member = $2 AND form = 0`,
    )
    .join(' UNION ALL ')}`;
/** A statement for each table, because each takes long with very many resources. */
const MEMBERS_REFERRING = ['resource', 'deleted_resource', 'resource_history'].map(
  (table) => `
  SELECT DISTINCT member
    FROM (SELECT member, body || '' AS body FROM ${table}
           WHERE tenant = $1 AND member <> '' AND form = 0 OFFSET 0) whole
   WHERE ${namesOneOf('$2', '$3')}`,
);

interface KeyRow {
  member: string;
  type: string;
  id: string;
}

/** Loads the conditional resources of these members, by member. Those of the plan's reference data are under ''. */
export async function loadConditional(
  client: pg.PoolClient,
  tenant: string,
  members: readonly string[],
): Promise<Map<string, Map<string, Alternatives>>> {
  const { rows } = await client.query<KeyRow & { alternatives: string }>(OF_MEMBERS, [tenant, members]);
  const found = new Map<string, Map<string, Alternatives>>();
  for (const { member, type, id, alternatives } of rows) {
    const of = found.get(member) ?? new Map<string, Alternatives>();
    found.set(member, of.set(`${type}/${id}`, JSON.parse(alternatives) as Alternatives));
  }
  return found;
}

function keyRow(member: string, key: string): KeyRow {
  const [type = '', id = ''] = key.split('/');
  return { member, type, id };
}

/** @returns keys whose alternatives have changed, including keys that became or ceased to be conditional */
export function differing(before: Conditional, after: Conditional): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)),
  );
}

/** Writes the conditional resources of a member, as far as they have changed. */
export async function saveConditional(
  client: pg.PoolClient,
  tenant: string,
  { member, before, after }: { member: string; before: Conditional; after: Conditional },
): Promise<void> {
  const changed = differing(before, after);
  await deleteRowsOf(
    client,
    'conditional_resource',
    tenant,
    changed.map((key) => keyRow(member, key)),
  );
  const rows = changed.flatMap((key) => {
    const { type, id } = keyRow(member, key);
    const alternatives = after.get(key);
    return alternatives ? [[tenant, member, type, id, JSON.stringify(alternatives)]] : [];
  });
  await insertRows(client, 'conditional_resource', COLUMNS, rows);
}

/** Which of these resources stand under the member. @param keys `Type/id` */
export async function standingAmong(
  client: pg.PoolClient,
  tenant: string,
  member: string,
  keys: readonly string[],
): Promise<string[]> {
  const targets = keys.map((key) => keyRow(member, key));
  const { rows } = await client.query<Pick<KeyRow, 'type' | 'id'>>(STANDING, [
    tenant,
    member,
    ...targetColumns(targets),
  ]);
  return rows.map(keyOfTarget);
}

/** @param keys `Type/id` @returns `Type/`, each once */
const typesOf = (keys: readonly string[]) => [
  ...new Set(keys.map((key) => key.slice(0, key.indexOf('/') + 1))),
];

const resourcesOf = (rows: { body: string }[]) => rows.map(({ body }) => parseResource(body) as Resource);

export async function seenBySome(client: pg.PoolClient, tenant: string, member: string): Promise<Resource[]> {
  const { rows } = await client.query<{ body: string }>(SEEN_BY_SOME, [tenant, member]);
  return resourcesOf(rows);
}

/**
 * Finds the resources of a member that everybody sees and whose text may name one of the keys. It may also find longer ids that
 * begin with the same text, and texts that are written with entities.
 */
export async function referring(
  client: pg.PoolClient,
  tenant: string,
  member: string,
  keys: readonly string[],
): Promise<Resource[]> {
  const { rows } = await client.query<{ body: string }>(REFERRING, [tenant, member, keys, typesOf(keys)]);
  return resourcesOf(rows);
}

/** Finds all resources by their earlier versions as {@link referring} does, because these can be read too. */
export async function formerlyReferring(
  client: pg.PoolClient,
  tenant: string,
  member: string,
  keys: readonly string[],
): Promise<Resource[]> {
  const values = [tenant, member, keys, typesOf(keys)];
  return resourcesOf((await client.query<{ body: string }>(FORMERLY_REFERRING, values)).rows);
}

/**
 * Finds the members who have a resource that names one of these resources of the plan, or did. It reads all versions of
 * all resources of the tenant.
 */
export async function membersReferring(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly string[],
): Promise<string[]> {
  const members: string[] = [];
  for (const statement of MEMBERS_REFERRING) {
    const values = [tenant, keys, typesOf(keys)];
    const { rows } = await client.query<{ member: string }>(statement, values);
    members.push(...rows.map(({ member }) => member));
  }
  return members;
}
