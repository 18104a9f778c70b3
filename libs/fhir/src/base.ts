/** Below the public host: version 2 of this API. */
export const FHIR_PATH = 'payer/patient-access/v2';

/**
 * @param publicUrl scheme and host that clients see
 * @returns the FHIR base URL of a tenant: what links start with, and the audience of its access tokens
 */
export function fhirBase(publicUrl: string, tenant: string): string {
  return `${publicUrl}/${FHIR_PATH}/${tenant}`;
}

/** The id of a tenant, as the FHIR base and the issuer have it in their paths; any UUID is one. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
