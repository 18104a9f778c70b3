import { EventPublicKeysSetting } from '@patient-access/events';
import { FhirServiceConfig } from '@patient-access/fhir-store';
import { z } from 'zod';

/** The settings of this service. */
export const coverageConfig = FhirServiceConfig.extend({
  /** the ingest role on the same database; it adds Consents, as imports add all other resources */
  INGEST_DATABASE_URL: z.string(),
  /** public keys of the services, a JWK Set: auth-service signs what members agreed to */
  EVENT_PUBLIC_KEYS: EventPublicKeysSetting,
});
