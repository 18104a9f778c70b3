/** A real audit-service in a process of its own, with a Postgres of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import { publicEventKey } from '@patient-access/events';
import {
  COMPILE_CACHE,
  endProcess,
  freePort,
  newEventKey,
  startPostgres,
  waitUntil,
} from '@patient-access/testing';
import pg from 'pg';

const APPS = join(import.meta.dirname, '../../..');
const MIGRATIONS = [
  join(APPS, '../libs/fhir-store/prisma/migrations'),
  join(APPS, 'audit-service/prisma/migrations'),
];

export interface Trail {
  url: string;
  /** of its Postgres */
  adminUrl: string;
  /** superuser on its database */
  db: pg.Pool;
  /** Ends the process; its database stays. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** @param authKey private key of auth-service, whose events and questions it takes */
export async function startTrail(authKey: string): Promise<Trail> {
  const postgres = await startPostgres();
  const urls = await provisionDatabase(postgres.adminUrl, 'audit', () => 'test', ['ingest', 'auditor']);
  await applyMigrations(urls.owner, ...MIGRATIONS);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const auditKey = newEventKey();
  const env = {
    ...COMPILE_CACHE,
    PORT: String(port),
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    PUBLIC_URL: 'https://plan.example',
    DATABASE_URL: urls.service,
    INGEST_DATABASE_URL: urls.ingest,
    AUDITOR_DATABASE_URL: urls.auditor,
    AUTH_URL: 'http://127.0.0.1:9',
    AUDIT_URL: url,
    CHECKPOINT_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    CURSOR_SECRET: 'cursor-secret-of-the-tests-0123456789',
    EVENT_KEY: auditKey,
    EVENT_PUBLIC_KEYS: JSON.stringify({
      keys: [publicEventKey('auth-service', authKey), publicEventKey('audit-service', auditKey)],
    }),
  };
  let child: ChildProcess | undefined;
  async function resume(): Promise<void> {
    child = spawn(process.execPath, [join(APPS, 'audit-service/dist/main.js')], { env, stdio: 'ignore' });
    const answers = () =>
      fetch(`${url}/health/live`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      );
    await waitUntil(answers, { withinMs: 60_000 });
  }
  const pause = () => endProcess(child, 'SIGKILL');
  await resume();
  const db = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'audit'), max: 1 });
  db.on('error', () => undefined);
  return {
    url,
    adminUrl: postgres.adminUrl,
    db,
    pause,
    resume,
    async stop() {
      await pause();
      await db.end();
      await postgres.stop();
    },
  };
}
