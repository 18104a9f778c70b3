import { RecordServiceConfig } from '@patient-access/fhir-store/config';

/** The settings of this service. */
export const claimsConfig = RecordServiceConfig;
