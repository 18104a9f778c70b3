import { OutboxConfig } from '@patient-access/outbox/config';
import { DatabaseUrl, HttpUrl, secrets, ServiceConfig } from '@patient-access/platform/config';
import { z } from 'zod';
import { FurtherDatabases } from './databases/setting.ts';

/** Settings of every service that serves FHIR resources. */
export const FhirServiceConfig = ServiceConfig.extend({
  DATABASE_URL: DatabaseUrl.meta({
    description: 'connection URL of the service’s database, as its service role',
  }),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(8).meta({
    description: 'of a replica, for reads',
    unit: 'connections',
  }),
  AUTH_URL: HttpUrl.meta({ description: 'internal base URL of auth-service' }),
  CURSOR_SECRET: secrets(32).meta({
    description:
      'one or more secrets of 32 characters or more, with commas between; the same on every replica of coverage-, claims- and clinical-service, which go on with one another’s pages: the first seals paging cursors, and each of them opens what it sealed',
  }),
  ...OutboxConfig.shape,
});
export type FhirServiceConfig = z.infer<typeof FhirServiceConfig>;

/** Settings of a service that holds a part of the members' records. Its plans can be in several databases. */
export const RecordServiceConfig = FhirServiceConfig.extend({
  DATABASES: FurtherDatabases.meta({
    shownDefault: 'none',
    description:
      'further databases as the service role, to which plans are moved: a JSON object with a connection URL for each name; `DATABASE_URL` is named `default`',
  }),
});
