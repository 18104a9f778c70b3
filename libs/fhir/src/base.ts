import { planOf, PUBLICATIONS, publicationOf, publications } from './publications.ts';

/** The path of the API below the public host: version 2. */
export const FHIR_PATH = 'payer/patient-access/v2';

/** The paths of all FHIR bases, before the plan. */
export const FHIR_PATHS = [FHIR_PATH, ...PUBLICATIONS.map((name) => publications[name].path)];

/** @returns the path of a tenant's FHIR base, without the first slash */
export const basePath = (tenant: string): string =>
  `${publicationOf(tenant)?.path ?? FHIR_PATH}/${planOf(tenant)}`;

/**
 * @param publicUrl scheme and host that clients see
 * @returns the FHIR base URL of a tenant: the beginning of all links, and the audience of its access tokens
 */
export function fhirBase(publicUrl: string, tenant: string): string {
  return `${publicUrl}/${basePath(tenant)}`;
}

/** @param base the FHIR base URL of a tenant @returns the tenant */
export const tenantOfBase = (base: string): string => base.slice(base.lastIndexOf('/') + 1);

/** A tenant id, as it stands in the paths of the FHIR base and the issuer. Any UUID is one. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
