import { RecordServiceConfig } from '@patient-access/fhir-store';

/** The settings of this service. */
export const clinicalConfig = RecordServiceConfig;
