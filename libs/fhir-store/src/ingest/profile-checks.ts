/** What profiles require and stored resources lack. The findings are kept beside each resource until it changes. */
import type { ProfileValidator, Resource } from '@patient-access/fhir';
import type pg from 'pg';
import { insertRows } from './insert-rows.ts';
import { deleteRowsOf, type StoredKey } from './versions.ts';

const COLUMNS = ['tenant', 'member', 'type', 'id', 'profile', 'findings'];

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

/**
 * Writes a row for each profile that a resource claims, or that is expected of it, and that `profiles` contains, also
 * when there are no findings. R4 itself has a row only when there are findings, because everything is checked against it.
 *
 * @returns the resources with findings
 */
export async function storeChecks(
  client: pg.PoolClient,
  tenant: string,
  profiles: ProfileValidator,
  items: readonly { member: string; resource: Resource }[],
): Promise<Set<Resource>> {
  const checked = items.map((item) => ({ ...item, checks: profiles.validate(asStored(item.resource)) }));
  const rows = checked.flatMap(({ member, resource: { resourceType: type, id }, checks }) =>
    checks.map(({ profile, findings }) => [tenant, member, type, id, profile, JSON.stringify(findings)]),
  );
  await insertRows(client, 'profile_check', COLUMNS, rows);
  const found = checked.filter(({ checks }) => checks.some(({ findings }) => findings.length > 0));
  return new Set(found.map(({ resource }) => resource));
}
