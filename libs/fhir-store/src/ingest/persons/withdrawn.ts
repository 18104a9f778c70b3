/** Records that were taken from the wrong person, and that no later file may put back. */
import type { Compartment, Resource } from '@patient-access/fhir';
import type pg from 'pg';
import { keyColumns, keyOfTarget, targetColumns } from '../rows/key-columns.ts';
import type { StoredKey } from '../rows/versions.ts';

const WITHDRAWN = `
  SELECT w.member, w.type, w.id FROM withdrawn_resource w
    JOIN unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
      ON w.type = k.type AND w.id = k.id AND w.member = k.member
   WHERE w.tenant = $1`;
/** The record of the key $2, $3 under the member $4 who is asked about. */
const stands = (table: string) =>
  `SELECT FROM ${table} s WHERE s.tenant = $1 AND s.member = k.member AND s.type = k.type AND s.id = k.id AND s.form = 0`;
/**
 * As {@link WITHDRAWN}, and what was withdrawn from a person who is this member now (`former`), unless it is hers already: it may
 * have been taken from the one for the other.
 */
const REFUSED = `
  WITH RECURSIVE former (member, id) AS (
    SELECT survivor, member FROM replaced_person WHERE tenant = $1 AND survivor = ANY ($4::text[])
     UNION
    SELECT f.member, r.member FROM former f JOIN replaced_person r ON r.tenant = $1 AND r.survivor = f.id)
  SELECT w.member, w.type, w.id, NULL AS former FROM (${WITHDRAWN}) w
   UNION ALL
  SELECT k.member, k.type, k.id, f.id
    FROM unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
    JOIN former f ON f.member = k.member
    JOIN withdrawn_resource w ON w.tenant = $1 AND w.type = k.type AND w.id = k.id AND w.member = f.id
   WHERE NOT EXISTS (${stands('resource')}) AND NOT EXISTS (${stands('deleted_resource')})`;
const WITHDRAW = `
  INSERT INTO withdrawn_resource (tenant, member, type, id, withdrawn, by, reason)
  SELECT $1, k.member, k.type, k.id, $5, $6, $7 FROM unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
  ON CONFLICT DO NOTHING`;

const FORGET = `
  DELETE FROM withdrawn_resource w USING unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member)
   WHERE w.tenant = $1 AND w.type = k.type AND w.id = k.id AND w.member = k.member`;

const nameOf = ({ member, type, id }: StoredKey): string => `${type}/${id} of ${member}`;

/** @param former from whom the cause was withdrawn, if that was not by the id that the member has now */
function reasonOf(own: StoredKey, cause: StoredKey, former: string | null): string {
  if (cause !== own)
    return `withdrawn: it is about ${keyOfTarget(cause)}, which was filed under the wrong person: send it without this record`;
  return former === null
    ? 'withdrawn: it was filed under the wrong person, and comes again under the same'
    : `withdrawn: it was filed by mistake under ${former}, who is this person now: if it is hers, send it under another id`;
}

/** Notes that these records must not come back to their members. @param withdrawn when, ISO 8601 */
export async function noteWithdrawn(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
  { withdrawn, by, reason }: { withdrawn: string; by: string; reason: string },
): Promise<void> {
  await client.query(WITHDRAW, [tenant, ...keyColumns(keys), withdrawn, by, reason]);
}

/** Has these records come back to their members: that they were taken from them was a mistake. */
export async function forgetWithdrawn(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
): Promise<void> {
  await client.query(FORGET, [tenant, ...keyColumns(keys)]);
}

const RENAME = `
  WITH gone AS (
    DELETE FROM withdrawn_resource w USING unnest($2::text[], $3::text[]) AS k (type, id)
     WHERE w.tenant = $1 AND w.type = k.type AND w.id = k.id AND w.member = $4 RETURNING w.*)
  INSERT INTO withdrawn_resource (tenant, member, type, id, withdrawn, by, reason)
  SELECT tenant, $5, type, id, withdrawn, by, reason FROM gone ON CONFLICT DO NOTHING`;

/**
 * Has what was withdrawn from the one count as withdrawn from the other. A merge so keeps it from counting for as long as the
 * merge stands.
 *
 * @param clients of all databases: each knows what was withdrawn, wherever it stood
 */
export async function renameWithdrawn(
  clients: readonly pg.PoolClient[],
  tenant: string,
  targets: readonly Pick<StoredKey, 'type' | 'id'>[],
  { from, to }: { from: string; to: string },
): Promise<void> {
  for (const client of clients) await client.query(RENAME, [tenant, ...targetColumns(targets), from, to]);
}

/** @returns those of the keys that were withdrawn from the member under whom they come, as `Type/id` */
export async function withdrawnOf(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
): Promise<Set<string>> {
  const { rows } = await client.query<StoredKey>(WITHDRAWN, [tenant, ...keyColumns(keys)]);
  return new Set(rows.map(keyOfTarget));
}

/** @returns of those of the keys that must not come under their members, as {@link nameOf} gives them, from whom they were withdrawn */
async function refusedOf(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
  isTold: boolean,
): Promise<Map<string, string | null>> {
  type Row = StoredKey & { former?: string | null };
  const { rows } = await client.query<Row>(isTold ? WITHDRAWN : REFUSED, [tenant, ...keyColumns(keys)]);
  // What was withdrawn by her own id says so, whatever else is the case.
  const byOwnIdLast = rows.toSorted((one, other) => Number(!one.former) - Number(!other.former));
  return new Map(byOwnIdLast.map((row) => [nameOf(row), row.former ?? null]));
}

interface Came<Origin> {
  origin: Origin;
  member: string;
  resource: Resource;
  compartment: Compartment;
}

/**
 * Takes out what was withdrawn from the member under whom it comes, by whichever of her ids, and what is about such a record.
 *
 * @param prepared what has come, by `Type/id`
 * @param options.stored the members of what that is about, as far as it stands anywhere, by `Type/id`
 * @param options.isTold an operator says whose it is now, and knows who else she was
 * @returns what was taken out
 */
export async function refuseWithdrawn<Origin>(
  client: pg.PoolClient,
  tenant: string,
  prepared: Map<string, Came<Origin>>,
  { stored = new Map(), isTold = false }: { stored?: ReadonlyMap<string, string>; isTold?: boolean } = {},
): Promise<{ origin: Origin; type: string; status: 'rejected'; reason: string }[]> {
  const came = [...prepared.values()].map(({ origin, member, resource, compartment }) => ({
    origin,
    own: { member, type: resource.resourceType, id: resource.id },
    targets: (compartment.to === 'reference' ? compartment.targets : [])
      .filter((target) => stored.get(keyOfTarget(target)) !== member)
      .map(({ type, id }) => ({ member, type, id })),
  }));
  const refused = await refusedOf(
    client,
    tenant,
    came.flatMap(({ own, targets }) => [own, ...targets]),
    isTold,
  );
  const taken = came.flatMap(({ origin, own, targets }) => {
    const cause = [own, ...targets].find((key) => refused.has(nameOf(key)));
    return cause ? { origin, own, reason: reasonOf(own, cause, refused.get(nameOf(cause)) ?? null) } : [];
  });
  for (const { own } of taken) prepared.delete(keyOfTarget(own));
  return taken.map(({ origin, own: { type }, reason }) => ({ origin, type, status: 'rejected', reason }));
}
