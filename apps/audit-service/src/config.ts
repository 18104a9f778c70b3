import { FhirServiceConfig } from '@patient-access/fhir-store';
import { loadConfig } from '@patient-access/platform';
import { z } from 'zod';

/** What a command about deliveries needs: no HTTP. */
const DeliveryConfig = z.object({
  /** the ingest role on the same database: may append AuditEvents, which the service role may only read */
  INGEST_DATABASE_URL: z.string(),
  EVENT_SECRET: FhirServiceConfig.shape.EVENT_SECRET,
});

const Maintenance = z.object({
  INGEST_DATABASE_URL: DeliveryConfig.shape.INGEST_DATABASE_URL,
  /** the auditor role on the same database: reads the trail of a whole tenant */
  AUDITOR_DATABASE_URL: z.string(),
  /** private key on P-256, PKCS #8 in PEM, that signs where each chain has come to; nobody at the database has it */
  CHECKPOINT_KEY: z.string(),
  /** path of a file to which checkpoints are appended */
  CHECKPOINT_LOG: z.string().optional(),
  /** how many records are verified again in the background; 6,000 are ten million in a good day */
  VERIFY_RECORDS_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(6_000),
  KAFKA_BROKERS: FhirServiceConfig.shape.KAFKA_BROKERS,
});
export type MaintenanceConfig = Readonly<z.infer<typeof Maintenance>>;

/** All that this service is told. */
export const schema = FhirServiceConfig.extend({ ...DeliveryConfig.shape, ...Maintenance.shape });

const Keys = z.object({
  CHECKPOINT_KEY: z.string().optional(),
  /** PEM, one or more: what a verifier trusts */
  CHECKPOINT_PUBLIC_KEYS: z.string().optional(),
  ...Maintenance.pick({ CHECKPOINT_LOG: true, KAFKA_BROKERS: true }).shape,
});

/** What the commands are told, each as much as it needs. @throws ConfigError naming every setting that is missing or wrong */
export const loadDeliveryConfig = () => loadConfig(DeliveryConfig, process.env);
export const auditorSettings = () =>
  loadConfig(Maintenance.pick({ AUDITOR_DATABASE_URL: true }), process.env);
export const ownerSettings = () => loadConfig(z.object({ OWNER_DATABASE_URL: z.string() }), process.env);
export const keySettings = () => loadConfig(Keys, process.env);
