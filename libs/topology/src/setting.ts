/** The source of the value of a service's setting. */

/** A role of a database, by the end of its name: `claims_service`. Only the owner may migrate. */
export type DatabaseRole = 'owner' | 'service' | 'ingest' | 'auditor';

/** A random value. All services that name the same one are given the same value. */
export type SharedSecret = 'cursor' | 'gatewayClient' | 'keyEncryption';

/** Connection URL of a role on the service's own database. */
export interface DatabaseSetting {
  kind: 'database';
  role: DatabaseRole;
}

export type Setting<Service extends string> =
  /** internal base URL of a service that it calls */
  | { kind: 'url'; service: Service }
  | DatabaseSetting
  | { kind: 'secret'; secret: SharedSecret }
  /** scheme and host that clients see */
  | { kind: 'public URL' }
  /** scheme and host of the developer site */
  | { kind: 'developers URL' }
  /** identifiers of the plans at which anybody may register, separated by commas; there may be none */
  | { kind: 'preview plans' }
  /** scheme and host of the test client; there may be none */
  | { kind: 'test client URL' }
  /** scheme and host of the viewer of card links; there may be none */
  | { kind: 'card viewer URL' }
  /** the plans at which the test client is registered: JSON */
  | { kind: 'test client plans' }
  /** the Kafka brokers; absent where services call each other over HTTP only */
  | { kind: 'brokers' }
  /** the service's own private key, with which it signs events */
  | { kind: 'event key' }
  /** the public keys of all services: a JWK Set */
  | { kind: 'event public keys' }
  /** the private key that signs the checkpoints of the audit trail */
  | { kind: 'checkpoint key' }
  /** a file to which checkpoints are appended; optional */
  | { kind: 'checkpoint log' }
  /** the directory into which the preview's mails are written; a deployment has a mail server (`SMTP_URL`) or none */
  | { kind: 'mail directory' };

export const role = (name: DatabaseRole): DatabaseSetting => ({ kind: 'database', role: name });
