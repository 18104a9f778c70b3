/**
 * A second audit-service beside that of the installation, with a database, a consumer group and a user of its own: its trail
 * is lost and read again from the same topic, while the installation goes on.
 */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { provisionDatabase } from '@patient-access/database';
import { type RunningKafka, SERVICE_USERS } from '@patient-access/kafka';
import { migrate } from '@patient-access/migrate';
import { adminUrl, waitUntil } from '@patient-access/testing';
import { kafkaAcls } from '@patient-access/topology';
import pg from 'pg';
import { runToEnd } from '../installation/installation.ts';
import { environmentIn, type Replica, startReplica } from '../installation/replica.ts';

const SERVICE = 'audit-service';
const DATABASE = 'audit_again';
const ADMIN = 'apps/audit-service/dist/admin.js';
const WITHIN_MS = 60_000;
/** Names in Kafka that are others than those of the first one. */
const NAMES = {
  KAFKA_ACCESS_EVENT_GROUP: 'patient-access.audit-again',
  KAFKA_DEAD_LETTER_TOPIC: 'patient-access.access-events.dead-letter-again',
  KAFKA_CHECKPOINT_TOPIC: 'patient-access.trail-checkpoints-again',
};
/** Who may read the topic of access events with the second group. */
const USER = { name: 'audit-again', acls: kafkaAcls(SERVICE, NAMES) };
export const USERS_OF_BOTH: typeof SERVICE_USERS = [...SERVICE_USERS, USER];

export class SecondTrail {
  private readonly directory: string;
  private readonly login: Record<string, string>;
  private readonly admin: string;
  /** of the operators, who say that it was restored */
  private readonly operators = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  private settings: Record<string, string> = {};
  private running: Replica | undefined;

  /** @param settingsFor how a user logs in at the broker */
  constructor(directory: string, settingsFor: RunningKafka['settingsFor']) {
    this.directory = directory;
    this.login = settingsFor(USER.name);
    const { DATABASE_URL = '' } = environmentIn(directory, SERVICE);
    this.admin = adminUrl(Number(new URL(DATABASE_URL).port));
  }

  /** The database as a backup has it that is older than every event. */
  async putBack(): Promise<void> {
    await this.query(this.admin, `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    const urls = await provisionDatabase(this.admin, DATABASE, () => 'test', ['ingest', 'auditor']);
    await migrate(SERVICE, urls.owner);
    this.settings = {
      ...{ DATABASE_URL: urls.service, INGEST_DATABASE_URL: urls.ingest, AUDITOR_DATABASE_URL: urls.auditor },
      OWNER_DATABASE_URL: urls.owner,
      RESTORE_PUBLIC_KEYS: String(this.operators.publicKey.export({ type: 'spki', format: 'pem' })),
      // The first one's password is in a file, which would come before this one.
      ...{
        ...this.login,
        KAFKA_SASL_PASSWORD_FILE: '',
        ...NAMES,
        CHECKPOINT_LOG: join(this.directory, 'checkpoints-again'),
      },
    };
  }

  async start(): Promise<void> {
    this.running = await startReplica(this.directory, SERVICE, this.settings);
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  /** Waits until it has stored all that it was to read. */
  async hasRead(): Promise<void> {
    let shown = '';
    const isThrough = async () => {
      shown = await (await fetch(this.running?.metrics ?? '')).text();
      return /^audit_consumer_lag_messages(?:\{.*\})? 0$/m.test(shown);
    };
    await waitUntil(isThrough, { withinMs: WITHIN_MS, failure: () => shown });
  }

  /** `audit reset-offsets`, as an operator runs it. */
  resetOffsets(since: Date): ReturnType<typeof runToEnd> {
    return this.audit(['reset-offsets', '--since', since.toISOString()]);
  }

  /** `audit restore` for a plan, as an operator says that its trail comes from a backup. */
  signRestored(tenant: string): ReturnType<typeof runToEnd> {
    const told = ['--tenant', tenant, '--reason', 'the disk was lost', '--restore-key', '-'];
    const key = String(this.operators.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return this.audit(['restore', ...told, '--checkpoints', 'kafka'], key);
  }

  private audit(words: string[], input = ''): ReturnType<typeof runToEnd> {
    return runToEnd(ADMIN, words, { ...environmentIn(this.directory, SERVICE), ...this.settings }, input);
  }

  /** @returns the plans that have a trail */
  async tenants(): Promise<string[]> {
    const text = 'SELECT DISTINCT tenant FROM trail.chain_head ORDER BY 1';
    return (await this.query<{ tenant: string }>(this.admin.replace(/postgres$/, DATABASE), text)).map(
      ({ tenant }) => tenant,
    );
  }

  /** @returns each record of the trail by its producer and number, as often as it is there */
  async records(): Promise<string[]> {
    const text = `SELECT producer || ' ' || number AS record FROM trail.audit_event ORDER BY 1`;
    return (await this.query<{ record: string }>(this.admin.replace(/postgres$/, DATABASE), text)).map(
      ({ record }) => record,
    );
  }

  private async query<Row extends pg.QueryResultRow>(connectionString: string, text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }
}
