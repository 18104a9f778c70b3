/** What stays for a time after its last change, although the plan deletes it. */
import { definitions, parseResource, type Resource, type Target } from '@patient-access/fhir';
import type pg from 'pg';
import { keyOfTarget, targetColumns } from '../rows/key-columns.ts';

/** The days are those of each type. What we changed ourselves since, as a narrative, counts too: it stays longer. */
const CHANGED_SINCE = `
  SELECT r.type, r.id, r.body
    FROM resource r
    JOIN unnest($2::text[], $3::text[], $4::int[]) AS k (type, id, days) ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.form = 0 AND r.last_updated > now() - make_interval(days => k.days)`;

/** @returns by `Type/id`, why it stays */
export async function retainedOf(
  client: pg.PoolClient,
  tenant: string,
  targets: readonly Target[],
): Promise<ReadonlyMap<string, string>> {
  const some = targets.filter(({ type }) => definitions.get(type)?.retained);
  if (some.length === 0) return new Map();
  const days = some.map(({ type }) => definitions.get(type)?.retained?.days);
  const { rows } = await client.query<Target & { body: string }>(CHANGED_SINCE, [
    tenant,
    ...targetColumns(some),
    days,
  ]);
  return new Map(
    rows.flatMap((row): [string, string][] => {
      const retained = definitions.get(row.type)?.retained;
      return retained?.of(parseResource(row.body) as Resource) ? [[keyOfTarget(row), retained.because]] : [];
    }),
  );
}
