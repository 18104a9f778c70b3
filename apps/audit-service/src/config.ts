import { EventPublicKeysSetting } from '@patient-access/events';
import { FhirServiceConfig } from '@patient-access/fhir-store/config';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { DatabaseUrl, loadConfig } from '@patient-access/platform/config';
import { EVENT_TOPIC_HOURS } from '@patient-access/topology';
import { z } from 'zod';
import { PrivateKeySetting, PublicKeysSetting } from './restores/signed-by-operators.ts';

/** Settings of the commands about deliveries, which need no HTTP server. */
const DeliveryConfig = z.object({
  INGEST_DATABASE_URL: DatabaseUrl.meta({
    description:
      'the ingest role on the same database; it may append AuditEvents, which the service role may only read',
  }),
  EVENT_PUBLIC_KEYS: EventPublicKeysSetting.meta({
    description:
      'public keys of the services that record events, a JWK Set; two of a service while it changes its key',
  }),
});

const Maintenance = z.object({
  ...DeliveryConfig.shape,
  AUDITOR_DATABASE_URL: DatabaseUrl.meta({
    description: 'the auditor role on the same database: reads the trail of a whole plan',
  }),
  CHECKPOINT_KEY: PrivateKeySetting.meta({
    description:
      'private key on P-256 (PKCS #8, PEM) that signs checkpoints; the administrators of the database must not have it',
  }),
  CHECKPOINT_PUBLIC_KEYS: PublicKeysSetting.optional().meta({
    description:
      'public keys on P-256 in PEM, one after the other, by which checkpoints are believed besides `CHECKPOINT_KEY`: those of earlier keys',
  }),
  CHECKPOINT_LOG: z
    .string()
    .optional()
    .meta({ description: 'path of a file to which checkpoints are appended' }),
  VERIFY_RECORDS_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(6_000).meta({
    description:
      'how many are verified again in the background; with 6,000, ten million take a little more than a day',
    unit: 'records/min',
  }),
  RESTORE_PUBLIC_KEYS: PublicKeysSetting.optional().meta({
    description:
      'one or more public keys of the operators in PEM, by whose statements a restore is believed and a foreign record passed over',
  }),
  OPERATOR_STATEMENTS: z.string().optional().meta({
    description:
      'path of a file with the statements that the operators have signed, one a line, besides those in `CHECKPOINT_LOG`; it is read again for each walk through the trail, and need not exist',
  }),
  ...KafkaConfig.shape,
});
export type MaintenanceConfig = Readonly<z.infer<typeof Maintenance>>;

/** The settings of this service. */
export const schema = FhirServiceConfig.extend({
  ...Maintenance.shape,
  EVENT_TOPIC_HOURS: z.coerce.number().int().min(1).max(87_600).default(EVENT_TOPIC_HOURS).meta({
    description:
      'for how long the topic of access events keeps its messages. After a restore of the audit database, what was stored since the backup is read again from there, so it has to be longer than a backup is old when it is restored. The default is a weekly backup and a day to restore it.',
    unit: 'h',
  }),
  AUDITOR_QUESTION_MS: z.coerce.number().int().min(100).max(60_000).default(850).meta({
    description:
      'after so long an auditor’s question ends, and says which bound it needs (ADR 52: within a second)',
    unit: 'ms',
  }),
});

const Keys = z.object({
  CHECKPOINT_KEY: PrivateKeySetting.optional(),
  /** JWK Set: by which a verifier knows what services signed */
  EVENT_PUBLIC_KEYS: EventPublicKeysSetting.optional(),
  ...Maintenance.pick({
    CHECKPOINT_PUBLIC_KEYS: true,
    CHECKPOINT_LOG: true,
    RESTORE_PUBLIC_KEYS: true,
    OPERATOR_STATEMENTS: true,
  }).shape,
  ...KafkaConfig.shape,
});

/**
 * Settings of the commands: each loads only what it needs.
 *
 * @throws ConfigError that names every missing or wrong setting
 */
export const loadDeliveryConfig = () => loadConfig(DeliveryConfig, process.env);
export const auditorSettings = () =>
  loadConfig(Maintenance.pick({ AUDITOR_DATABASE_URL: true }), process.env);
export const ownerSettings = () => loadConfig(z.object({ OWNER_DATABASE_URL: DatabaseUrl }), process.env);
export const keySettings = () => loadConfig(Keys, process.env);
