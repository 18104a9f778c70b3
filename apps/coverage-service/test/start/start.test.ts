/** The start of a service whose Postgres is away: a process of its own, behind a port that leads to Postgres later. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, type DatabaseUrls, provisionDatabase } from '@patient-access/database';
import { publicEventKey } from '@patient-access/events';
import {
  COMPILE_CACHE,
  endProcess,
  freePort,
  newEventKey,
  type Postgres,
  startPostgres,
  waitUntil,
} from '@patient-access/testing';
import pg from 'pg';

const MIGRATIONS = join(import.meta.dirname, '../../../../libs/fhir-store/prisma/migrations');
/** A process of Node may need long to start on a busy machine. */
const STARTED = { withinMs: 60_000 };
const TEST_MS = 120_000;
const MAIN = join(import.meta.dirname, '../../dist/main.js');

describe('a start', () => {
  let postgres: Postgres;
  let urls: DatabaseUrls;
  let child: ChildProcess | undefined;
  let door: Server | undefined;
  let said = '';
  beforeAll(async () => {
    postgres = await startPostgres();
    urls = await provisionDatabase(postgres.adminUrl, 'coverage', () => 'test');
    await applyMigrations(urls.owner, MIGRATIONS);
  });
  afterEach(async () => {
    await endProcess(child, 'SIGKILL');
    door?.close();
  });
  afterAll(() => postgres?.stop());

  const lines = () =>
    said
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string; check?: string; reason?: string });
  const reasons = () => lines().flatMap(({ msg, reason }) => (msg === 'the start waits' ? [reason] : []));

  /** @param password of the service role @returns the port of its metrics */
  async function start(port: number, password = 'test'): Promise<number> {
    const [http, metrics] = [await freePort(), await freePort()];
    const at = (url: string) => url.replace(`:${postgres.port}/`, `:${port}/`);
    const key = newEventKey();
    said = '';
    child = spawn(process.execPath, [MAIN], {
      env: {
        ...COMPILE_CACHE,
        PORT: String(http),
        METRICS_PORT: String(metrics),
        PUBLIC_URL: 'https://plan.example',
        DATABASE_URL: at(urls.service).replace(':test@', `:${password}@`),
        INGEST_DATABASE_URL: at(urls.ingest ?? ''),
        AUTH_URL: 'http://127.0.0.1:9',
        AUDIT_URL: 'http://127.0.0.1:9',
        CURSOR_SECRET: 'cursor-secret-of-the-tests-0123456789',
        EVENT_KEY: key,
        EVENT_PUBLIC_KEYS: JSON.stringify({ keys: [publicEventKey('coverage-service', key)] }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout?.on('data', (chunk) => (said += String(chunk)));
    return metrics;
  }

  const limit = async (connections: number) => {
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    await admin.query(`ALTER ROLE coverage_service CONNECTION LIMIT ${connections}`);
    await admin.end();
  };

  it(
    'waits for its database, says once why, and goes on when it is there',
    async () => {
      const port = await freePort();
      await limit(0);
      const metrics = await start(port);
      const ask = (path: string) => fetch(`http://127.0.0.1:${metrics}${path}`);
      const isOk = (path: string) => () =>
        ask(path).then(
          ({ ok }) => ok,
          () => false,
        );
      await waitUntil(isOk('/health/live'), STARTED);
      const ready = await ask('/health/ready');
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: 'not ready', failed: ['database'] },
      ]);
      const shown = await (await ask('/metrics')).text();
      expect(shown).toContain('\nservice_ready{check="database",service="coverage-service"} 0\n');
      expect(shown).toMatch(/^patient_access_build_info\{.*service="coverage-service"\} 1$/m);

      door = createServer((socket) => {
        const on = connect(postgres.port, '127.0.0.1');
        for (const each of [socket, on]) each.on('error', () => undefined);
        socket.pipe(on).pipe(socket);
      }).listen(port, '127.0.0.1');
      await waitUntil(() => reasons().length > 1);
      expect(reasons()).toEqual([
        expect.stringContaining('ECONNREFUSED'),
        expect.stringContaining('too many connections'),
      ]);

      await limit(-1);
      await waitUntil(isOk('/health/ready'), STARTED);
      expect(reasons()).toHaveLength(2);
    },
    TEST_MS,
  );

  it(
    'ends at a signal while it waits',
    async () => {
      await start(await freePort());
      await waitUntil(() => reasons().length > 0, STARTED);
      await endProcess(child);
      expect(child?.exitCode).toBe(0);
    },
    TEST_MS,
  );

  it(
    'ends with one line when waiting does not help',
    async () => {
      await start(postgres.port, 'wrong');
      await waitUntil(() => child?.exitCode !== null, STARTED);
      expect([child?.exitCode, lines().map(({ msg, reason }) => [msg, reason])]).toEqual([
        1,
        [['not started', expect.stringContaining('password authentication failed')]],
      ]);
    },
    TEST_MS,
  );

  it(
    'asks for the migrations where a table is missing',
    async () => {
      urls = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
      await start(postgres.port);
      await waitUntil(() => child?.exitCode !== null, STARTED);
      expect([child?.exitCode, lines().at(-1)]).toMatchObject([
        1,
        { msg: 'not started', reason: expect.stringMatching(/does not exist: were the migrations applied/) },
      ]);
    },
    TEST_MS,
  );
});
