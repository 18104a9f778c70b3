/**
 * Persons whose records were merged into another person's (ADR 93): what comes for them later is filed under the survivor.
 */
import { type Compartment, MEMBER_TYPE, parseResource, type Resource } from '@patient-access/fhir';
import type pg from 'pg';
import type { StoredKey } from '../rows/versions.ts';
import { refuseWithdrawn } from './withdrawn.ts';
import { keyOfTarget, targetColumns } from '../rows/key-columns.ts';

/** By whom a person was replaced. The survivor may have been replaced since, and so on. */
interface Replacement {
  member: string;
  /** who she is now: the last of `survivors` */
  survivor: string;
  survivors: string[];
  /** the merges that led there */
  changes: string[];
}

/**
 * A merge can be undone, so each row keeps the survivor of its own one. It ends, too, where persons replace each other: a build
 * before this one did not refuse such a merge (merge-persons.ts).
 */
const REPLACED = `
  WITH RECURSIVE followed (member, survivor, survivors, changes) AS (
    SELECT member, survivor, ARRAY[survivor], ARRAY[change] FROM replaced_person
     WHERE tenant = $1 AND member = ANY ($2::text[])
     UNION ALL
    SELECT f.member, r.survivor, f.survivors || r.survivor, f.changes || r.change
      FROM followed f JOIN replaced_person r ON r.tenant = $1 AND r.member = f.survivor
     WHERE r.survivor <> f.member AND r.survivor <> ALL (f.survivors))
  SELECT DISTINCT ON (member) member, survivor, survivors, changes FROM followed
   ORDER BY member, cardinality(changes) DESC`;
const REPLACED_BY = `
  SELECT member, survivor FROM replaced_person
   WHERE tenant = $1 AND survivor = ANY ($2::text[]) ORDER BY member COLLATE "C"`;
const NOTE_MOVED = `
  INSERT INTO moved_record (tenant, change, type, id)
  SELECT $1, k.change, k.type, k.id FROM unnest($2::text[], $3::text[], $4::text[]) AS k (change, type, id)
  ON CONFLICT DO NOTHING`;

/** @returns by the id of a member who was replaced, by whom */
export async function replacementsOf(
  client: pg.PoolClient,
  tenant: string,
  members: readonly string[],
): Promise<Map<string, Replacement>> {
  if (members.length === 0) return new Map();
  const { rows } = await client.query<Replacement>(REPLACED, [tenant, [...new Set(members)]]);
  return new Map(rows.map((row) => [row.member, row]));
}

/** Notes records as filed under another person by a change. */
export async function noteMoved(
  client: pg.PoolClient,
  tenant: string,
  moved: readonly (Pick<StoredKey, 'type' | 'id'> & { change: string })[],
): Promise<void> {
  const columns = [moved.map(({ change }) => change), ...targetColumns(moved)];
  if (moved.length > 0) await client.query(NOTE_MOVED, [tenant, ...columns]);
}

/** Under whom a change puts aside what it may have to bring back. No Patient has this id: `~` is not legal in one. */
export const nobody = (change: string): string => `~${change}`;

const REFERENCE = /^(?:.*\/)?([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/.*)?$/;

function names(value: unknown, member: string): boolean {
  const [, type, id] = (typeof value === 'string' && REFERENCE.exec(value)) || [];
  return type === MEMBER_TYPE && id === member;
}

/**
 * The resource with its references to the one person as references to the other. The name and the number that stood beside
 * such a reference are the one person's, and go.
 */
export function referringTo(resource: Resource, from: string, to: string): Resource {
  const text = JSON.stringify(resource, (_name, value: unknown) =>
    names(Object(value)['reference'], from) ? { reference: `${MEMBER_TYPE}/${to}` } : value,
  );
  return parseResource(text) as Resource;
}

/** A link of a person's own Patient to another one (http://hl7.org/fhir/R4/patient.html#links). */
export interface PatientLink {
  other: { reference: string };
  type: 'replaced-by' | 'replaces' | 'refer' | 'seealso';
}

export const linksOf = (patient: Resource): PatientLink[] => (patient['link'] ?? []) as PatientLink[];

export const linkTo = (member: string, type: PatientLink['type']): PatientLink => ({
  other: { reference: `${MEMBER_TYPE}/${member}` },
  type,
});

export const isLinkTo =
  (member: string, type: PatientLink['type']) =>
  (link: PatientLink): boolean =>
    link.type === type && link.other?.reference === `${MEMBER_TYPE}/${member}`;

interface Came<Origin> {
  origin: Origin;
  resource: Resource;
  compartment: Compartment;
  member: string;
  /** the store itself says whose it is */
  isFiled: boolean;
}

type Refused<Origin> = { origin: Origin; type: string } & (
  { status: 'unchanged'; cleaned: false } | { status: 'rejected'; reason: string }
);

/** The members whom a resource that has come names as its own. */
const namedBy = ({ compartment, isFiled }: Came<unknown>): string[] => {
  if (isFiled || compartment.to === 'none') return [];
  if (compartment.to === 'member') return [compartment.member];
  return compartment.targets.filter(({ type }) => type === MEMBER_TYPE).map(({ id }) => id);
};

/**
 * Has the Patients of survivors say whom they replace, as they do since the merge: the plan's files may not know of it.
 *
 * @param prepared what has come, by `Type/id`
 * @param prepareAgain makes ready what was changed
 */
async function sayReplaced<Item extends Came<unknown>>(
  client: pg.PoolClient,
  tenant: string,
  prepared: Map<string, Item>,
  prepareAgain: (item: Item, resource: Resource) => Item | undefined,
): Promise<void> {
  const patients = [...prepared].filter(
    ([, { resource, isFiled }]) => !isFiled && resource.resourceType === MEMBER_TYPE,
  );
  if (patients.length === 0) return;
  const ids = patients.map(([, { resource }]) => resource.id);
  const { rows } = await client.query<Pick<Replacement, 'member' | 'survivor'>>(REPLACED_BY, [tenant, ids]);
  const bySurvivor = Map.groupBy(rows, ({ survivor }) => survivor);
  for (const [key, item] of patients) {
    const own = linksOf(item.resource);
    const unsaid = (bySurvivor.get(item.resource.id) ?? [])
      .map(({ member }) => member)
      .filter((member) => !own.some(isLinkTo(member, 'replaces')));
    if (unsaid.length === 0) continue;
    const link = [...own, ...unsaid.map((member) => linkTo(member, 'replaces'))];
    const again = prepareAgain(item, { ...item.resource, link });
    if (again) prepared.set(key, again);
  }
}

/**
 * Has the resources of replaced persons come as the survivors', who say whom they replace. A replaced person's own
 * Patient is refused: it says that it was replaced, and no file may take that back.
 *
 * @param prepared what has come, by `Type/id`
 * @param prepareAgain makes ready what was changed
 * @returns what was taken out
 */
export async function followReplaced<Origin, Item extends Came<Origin>>(
  client: pg.PoolClient,
  tenant: string,
  prepared: Map<string, Item>,
  prepareAgain: (item: Item, resource: Resource) => Item | undefined,
): Promise<Refused<Origin>[]> {
  await sayReplaced(client, tenant, prepared, prepareAgain);
  const replaced = await replacementsOf(client, tenant, [...prepared.values()].flatMap(namedBy));
  if (replaced.size === 0) return [];
  const concerned = new Map([...prepared].filter(([, item]) => namedBy(item).some((id) => replaced.has(id))));
  const waiting = new Map(concerned);
  // What was taken from the person as somebody else's does not come back to her by another name.
  const refused: Refused<Origin>[] = await refuseWithdrawn<Origin>(client, tenant, waiting);
  for (const key of concerned.keys()) prepared.delete(key);
  const moved: { type: string; id: string; change: string }[] = [];
  for (const item of waiting.values()) {
    const { origin, resource } = item;
    const { resourceType: type, id } = resource;
    const of = namedBy(item).flatMap((member) => replaced.get(member) ?? []);
    const own = type === MEMBER_TYPE ? replaced.get(id) : undefined;
    // The plan's file knows of the merge.
    if (own?.survivors.some((survivor) => linksOf(resource).some(isLinkTo(survivor, 'replaced-by'))))
      refused.push({ origin, type, status: 'unchanged', cleaned: false });
    else if (own)
      refused.push({
        origin,
        type,
        status: 'rejected',
        reason: `replaced: this person is ${own.survivor} now`,
      });
    if (own) continue;
    const again = prepareAgain(
      item,
      of.reduce((one, { member, survivor }) => referringTo(one, member, survivor), resource),
    );
    if (!again) continue;
    prepared.set(keyOfTarget({ type, id }), again);
    moved.push(...of.flatMap(({ changes }) => changes.map((change) => ({ type, id, change }))));
  }
  await noteMoved(client, tenant, moved);
  return refused;
}
