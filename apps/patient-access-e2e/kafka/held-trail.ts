/** audit-service and one service whose events it stores, with a real broker, and nothing else. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provisionDatabase } from '@patient-access/database';
import { publicEventKey, recordOf } from '@patient-access/events';
import type { RunningKafka } from '@patient-access/kafka';
import { migrate } from '@patient-access/migrate';
import { freePort, newEventKey, type Postgres, startPostgres } from '@patient-access/testing';
import type { ServiceName } from '@patient-access/topology';
import pg from 'pg';
import { runToEnd } from '../installation/installation.ts';
import { environmentIn, type Replica, startReplica } from '../installation/replica.ts';

const [AUDIT, SENDER] = ['audit-service', 'claims-service'] as const;
const MEMBERS = ['anna', 'ben', 'cora', 'dora'];

const newCheckpointKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

async function provision(adminUrl: string) {
  const audit = await provisionDatabase(adminUrl, 'audit', () => 'test', ['ingest', 'auditor']);
  const sender = await provisionDatabase(adminUrl, 'claims', () => 'test');
  await migrate(AUDIT, audit.owner);
  await migrate(SENDER, sender.owner);
  return { audit, sender };
}

export class HeldTrail {
  private readonly dir: string;
  private readonly postgres: Postgres;
  private readonly trail: pg.Pool;
  private readonly outbox: pg.Pool;
  private readonly port: string;
  private readonly running = new Set<Replica>();

  private constructor(dir: string, postgres: Postgres, port: number) {
    this.dir = dir;
    this.postgres = postgres;
    this.port = String(port);
    const superuserOn = (database: string) => {
      const pool = new pg.Pool({
        connectionString: postgres.adminUrl.replace(/postgres$/, database),
        max: 1,
      });
      // Postgres may stop before a connection is closed.
      return pool.on('error', () => undefined);
    };
    this.trail = superuserOn('audit');
    this.outbox = superuserOn('claims');
  }

  /** @param dir keeps the settings of the services */
  static async begin(dir: string, kafka: RunningKafka): Promise<HeldTrail> {
    const postgres = await startPostgres();
    const { audit, sender } = await provision(postgres.adminUrl);
    const port = await freePort();
    const keys = { [AUDIT]: newEventKey(), [SENDER]: newEventKey() };
    const both = {
      ...{ PUBLIC_URL: 'https://plan.example', AUTH_URL: 'http://127.0.0.1:9', CURSOR_SECRET: randomUUID() },
      // All plans have to share what waits.
      ...{ AUDIT_URL: `http://127.0.0.1:${port}`, ...kafka.settingsFor(), KAFKA_TOPIC_PARTITIONS: '1' },
    };
    const settings: Record<keyof typeof keys, Record<string, string>> = {
      [AUDIT]: {
        ...{ DATABASE_URL: audit.service, INGEST_DATABASE_URL: audit.ingest },
        ...{ AUDITOR_DATABASE_URL: audit.auditor, CHECKPOINT_KEY: newCheckpointKey() },
        EVENT_PUBLIC_KEYS: JSON.stringify({
          keys: Object.entries(keys).map(([service, key]) => publicEventKey(service, key)),
        }),
      },
      [SENDER]: { DATABASE_URL: sender.service },
    };
    mkdirSync(join(dir, 'apps'));
    for (const service of [AUDIT, SENDER]) {
      const all = { ...both, ...settings[service], EVENT_KEY: keys[service] };
      const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'\n`);
      writeFileSync(join(dir, 'apps', `${service}.env`), lines.join(''));
    }
    return new HeldTrail(dir, postgres, port);
  }

  /** Starts audit-service, where the sender looks for it. */
  audit = (): Promise<Replica> => this.start(AUDIT, { PORT: this.port });
  /** Starts a further one, which takes part in the consumer group alone. */
  secondAudit = (): Promise<Replica> => this.start(AUDIT);
  sender = (): Promise<Replica> => this.start(SENDER);

  private async start(service: ServiceName, change: Record<string, string> = {}): Promise<Replica> {
    const replica = await startReplica(this.dir, service, change);
    this.running.add(replica);
    return replica;
  }

  /** Ends all services. */
  async end(): Promise<void> {
    for (const replica of this.running) await replica.stop();
    this.running.clear();
  }

  /** Has the sender record an event about each of some members of each plan. */
  async record(plans: readonly string[]): Promise<void> {
    const events = plans.flatMap((tenant) =>
      MEMBERS.map((member) =>
        recordOf({
          ...{ requestId: randomUUID(), service: SENDER, tenant, member, recorded: new Date().toISOString() },
          ...{ kind: 'rest', action: 'read', outcome: '0' },
        }),
      ),
    );
    await this.outbox.query('INSERT INTO outbox (body) SELECT unnest($1::text[])', [events]);
  }

  /** @returns of a plan what is stored and what waits in the outbox, in rounds of {@link record} */
  async roundsOf(tenant: string): Promise<{ stored: number; waiting: number }> {
    const stored = await this.trail.query<{ all: number; different: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT (producer, number))::int AS different
         FROM trail.audit_event WHERE tenant = $1`,
      [tenant],
    );
    const { all = 0, different = 0 } = stored.rows[0] ?? {};
    if (all !== different) throw new Error(`${tenant} has an event twice`);
    const waiting = await this.outbox.query(`SELECT FROM outbox WHERE body::json ->> 'tenant' = $1`, [
      tenant,
    ]);
    return { stored: all / MEMBERS.length, waiting: (waiting.rowCount ?? 0) / MEMBERS.length };
  }

  /** Takes the ends of a plan's lanes away, or gives them back. */
  async moveEnds(tenant: string, by: -1 | 1): Promise<void> {
    await this.trail.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE trail.chain_head SET seq = seq + ${by} WHERE tenant = '${tenant}'; COMMIT`,
    );
  }

  /** `audit verify` of all plans with the checkpoints in the topic. */
  verify(): ReturnType<typeof runToEnd> {
    const words = ['verify', '--checkpoints', 'kafka'];
    return runToEnd('apps/audit-service/dist/admin.js', words, environmentIn(this.dir, AUDIT));
  }

  async stop(): Promise<void> {
    await this.end();
    await Promise.all([this.trail.end(), this.outbox.end()]);
    await this.postgres.stop();
  }
}
