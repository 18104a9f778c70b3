import type { SyntheticResource } from '../fhir/resource.ts';
import { tenantNamed } from '../tenants.ts';
import { publishedDirectory } from './directory.ts';
import { publishedFormulary } from './formulary.ts';

/** What a plan publishes for everybody, by the name of its publication. */
export function published(
  tenantName: string,
  seed: number,
): Readonly<Record<'provider-directory' | 'formulary', readonly SyntheticResource[]>> {
  const tenant = tenantNamed(tenantName);
  return { 'provider-directory': publishedDirectory(tenant, seed), formulary: publishedFormulary(tenant) };
}
