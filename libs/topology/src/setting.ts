/** Where the value of a service's setting comes from. */

/** A role of a database, by the end of its name: `claims_service`. The owner migrates, nobody else may. */
export type DatabaseRole = 'owner' | 'service' | 'ingest' | 'auditor';

/** A random value. All services that name the same one are given the same value. */
export type SharedSecret = 'cursor' | 'event' | 'gatewayClient' | 'keyEncryption';

/** Connection URL of a role on the service's own database. */
export interface DatabaseSetting {
  kind: 'database';
  role: DatabaseRole;
}

export type Setting<Service extends string> =
  /** internal base URL of a service that it calls */
  | { kind: 'url'; service: Service; unlessKafka?: true }
  | DatabaseSetting
  | { kind: 'secret'; secret: SharedSecret }
  /** scheme and host that clients see */
  | { kind: 'public URL' }
  /** Kafka's; not given where services speak to each other over HTTP only */
  | { kind: 'brokers' }
  /** the private key that signs the checkpoints of the audit trail */
  | { kind: 'checkpoint key' }
  /** a file to which these are appended; may be left out */
  | { kind: 'checkpoint log' };

export const role = (name: DatabaseRole): DatabaseSetting => ({ kind: 'database', role: name });
