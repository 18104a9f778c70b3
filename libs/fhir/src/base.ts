/** Below the public host: version 2 of this API. */
export const FHIR_PATH = 'payer/patient-access/v2';

/**
 * @param publicUrl scheme and host that clients see
 * @returns the FHIR base URL of a tenant: what links start with, and the audience of its access tokens
 */
export function fhirBase(publicUrl: string, tenant: string): string {
  return `${publicUrl}/${FHIR_PATH}/${tenant}`;
}
