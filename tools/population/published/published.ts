import { dayFrom, USUAL_TODAY, yearOf } from '../fhir/dates.ts';
import type { SyntheticResource } from '../fhir/resource.ts';
import { tenantNamed } from '../tenants.ts';
import { publishedDirectory } from './directory.ts';
import { publishedFormulary } from './formulary.ts';

/**
 * What a plan publishes for everybody, by the name of its publication.
 *
 * @param today `YYYY-MM-DD`
 */
export function published(
  tenantName: string,
  seed: number,
  today = USUAL_TODAY,
): Readonly<Record<'provider-directory' | 'formulary', readonly SyntheticResource[]>> {
  const tenant = tenantNamed(tenantName);
  return {
    'provider-directory': publishedDirectory(tenant, seed),
    formulary: publishedFormulary(tenant, yearOf(dayFrom(today))),
  };
}
