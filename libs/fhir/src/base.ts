/** The path of the API below the public host: version 2. */
export const FHIR_PATH = 'payer/patient-access/v2';

/**
 * @param publicUrl scheme and host that clients see
 * @returns the FHIR base URL of a tenant: the beginning of all links, and the audience of its access tokens
 */
export function fhirBase(publicUrl: string, tenant: string): string {
  return `${publicUrl}/${FHIR_PATH}/${tenant}`;
}

/** @param base the FHIR base URL of a tenant @returns the tenant */
export const tenantOfBase = (base: string): string => base.slice(base.lastIndexOf('/') + 1);

/** A tenant id, as it stands in the paths of the FHIR base and the issuer. Any UUID is one. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
