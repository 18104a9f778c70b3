import { EventPublicKeysSetting } from '@patient-access/events';
import { RecordServiceConfig } from '@patient-access/fhir-store/config';
import { FurtherDatabases } from '@patient-access/fhir-store/ingest';
import { DatabaseUrl } from '@patient-access/platform/config';

/** The settings of this service. */
export const coverageConfig = RecordServiceConfig.extend({
  INGEST_DATABASE_URL: DatabaseUrl.meta({
    description: 'the ingest role on the same database; it adds Consents, as imports add all other resources',
  }),
  INGEST_DATABASES: FurtherDatabases.meta({
    shownDefault: 'none',
    description: 'the ingest role on the databases of `DATABASES`, by the same names',
  }),
  EVENT_PUBLIC_KEYS: EventPublicKeysSetting.meta({
    description: 'public keys of the services, a JWK Set: auth-service signs what members agreed to',
  }),
});
