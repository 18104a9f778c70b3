import { FhirServiceConfig } from '@patient-access/fhir-store';

/** All that this service is told. */
export const clinicalConfig = FhirServiceConfig;
