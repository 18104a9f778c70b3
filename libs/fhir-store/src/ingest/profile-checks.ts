/** What profiles require and stored resources lack. The findings are kept beside each resource until it changes. */
import { type ProfileResult, type ProfileValidator, type Resource, withProfiles } from '@patient-access/fhir';
import type pg from 'pg';
import { inserter } from './rows/insert-columns.ts';
import { keyColumns, keyOfTarget } from './rows/key-columns.ts';
import { deleteRowsOf, type StoredKey } from './rows/versions.ts';

const insertChecks = inserter('profile_check', {
  tenant: 'text',
  member: 'text',
  type: 'text',
  id: 'text',
  profile: 'text',
  findings: 'text',
});

export function deleteChecks(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
): Promise<void> {
  return deleteRowsOf(client, 'profile_check', tenant, keys);
}

/** The store sets this element itself, so a profile that asks for it finds it. Which instant it is does not matter. */
const LAST_UPDATED = '2000-01-01T00:00:00Z';

const asStored = (resource: Resource): Resource => ({
  ...resource,
  meta: { lastUpdated: LAST_UPDATED, ...resource.meta },
});

/** A resource with what a check of it says. */
export interface Checked {
  resource: Resource;
  checks: readonly ProfileResult[];
}

export interface Checking {
  /**
   * to check resources against, or what loads it when the first one has to be checked; findings are stored and reject
   * nothing. Left out: nothing is checked
   */
  profiles?: ProfileValidator | (() => Promise<ProfileValidator>) | undefined;
  /** hash of the rules by which resources are checked; what is stored is then known when it comes again (known.ts) */
  checkedBy?: Buffer | undefined;
  /** resources then name the profiles that are expected of them and that they fit (ADR 108) */
  isNaming?: boolean | undefined;
}

/** @returns the profiles to check resources against; undefined: nothing is checked */
export async function validatorOf({ profiles }: Checking): Promise<ProfileValidator | undefined> {
  return typeof profiles === 'function' ? profiles() : profiles;
}

/** Checks a resource. As with words, its hash stays that of what was sent. */
export function checked(resource: Resource, validator: ProfileValidator, isNaming = false): Checked {
  const { results: checks, fitting } = validator.judge(asStored(resource));
  return { resource: isNaming ? withProfiles(resource, fitting) : resource, checks };
}

/** LIMIT has each looked up by its index: a join reads all findings of the plan for some hundred keys. */
const FOUND = `
  SELECT k.type, k.id
    FROM unnest($2::text[], $3::text[], $4::text[]) AS k (type, id, member) CROSS JOIN LATERAL (
      SELECT FROM profile_check p
       WHERE p.tenant = $1 AND p.member = k.member AND p.type = k.type AND p.id = k.id AND p.findings <> '[]'
       LIMIT 1) p`;

/** @returns which of these have findings, as `Type/id` */
export async function foundBefore(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly StoredKey[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await client.query<Pick<StoredKey, 'type' | 'id'>>(FOUND, [tenant, ...keyColumns(keys)]);
  return new Set(rows.map(keyOfTarget));
}

/**
 * Writes a row for each profile that a resource claims, or that is expected of it, and that a package contains, also
 * when there are no findings. R4 itself has a row only when there are findings, because everything is checked against it.
 *
 * @returns the resources with findings
 */
export async function storeChecks(
  client: pg.PoolClient,
  tenant: string,
  items: readonly (Checked & { member: string })[],
): Promise<Set<Resource>> {
  const rows = items.flatMap(({ member, resource: { resourceType: type, id }, checks }) =>
    checks.map(({ profile, findings }) => [tenant, member, type, id, profile, JSON.stringify(findings)]),
  );
  await insertChecks(client, rows);
  const found = items.filter(({ checks }) => checks.some(({ findings }) => findings.length > 0));
  return new Set(found.map(({ resource }) => resource));
}
