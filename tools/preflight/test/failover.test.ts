import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { provisionDatabase } from '@patient-access/database';
import {
  dataDirectory,
  type Postgres,
  reachableTemporary,
  startPostgres,
  waitUntil,
} from '@patient-access/testing';
import pg from 'pg';
import { preflight } from '../preflight.ts';

const MEANS = { backup: { at: new Date().toISOString(), maxHours: 26 }, plan: undefined };
const WITHIN = { withinMs: 30_000 };

const folder = reachableTemporary('patient-access-preflight-');
const dir = join(folder, 'data');
let postgres: Postgres | undefined;

/** Runs statements of the superuser, each by itself. */
async function as(...statements: string[]): Promise<pg.QueryResult[]> {
  const admin = new pg.Client(postgres?.adminUrl);
  await admin.connect();
  const results = [];
  for (const statement of statements) results.push(await admin.query(statement));
  await admin.end();
  return results;
}

async function start(): Promise<void> {
  await postgres?.stop();
  postgres = await startPostgres({ dir });
}

/** Some settings hold from the next start on. */
async function restartWith(...settings: string[]): Promise<void> {
  await as(...settings.map((setting) => `ALTER SYSTEM SET ${setting}`));
  await start();
}

let database = '';
async function findings(): Promise<string[]> {
  const url = new URL(database);
  url.port = String(postgres?.port);
  const given = { DATABASE_URL: url.href };
  return (await preflight([{ service: 'claims-service', given }], MEANS))
    .filter(({ check }) => /^(failover|archive) of Postgres$/.test(check))
    .map(({ check, level, found }) => `${level} ${check}: ${found}`);
}

const NO_STANDBY =
  'look failover of Postgres: synchronous_standby_names is empty: a failover may lose the last commits';

beforeAll(async () => {
  await start();
  database = (
    await provisionDatabase(postgres?.adminUrl ?? '', 'claims', (role) => `${role}-kP3v9XbQ2mZr7LtY`)
  ).service;
  await as('ALTER ROLE claims_service SET synchronous_commit = remote_write');
}, 120_000);
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('finds that nothing waits for a standby, and that nothing is archived', async () => {
  expect(await findings()).toEqual([NO_STANDBY, 'look archive of Postgres: archive_mode is off']);
});

it('finds a log that no standby can follow', async () => {
  await restartWith('wal_level = minimal', 'max_wal_senders = 0');
  expect(await findings()).toContain(
    'look failover of Postgres: no standby can follow: wal_level minimal, max_wal_senders 0',
  );
}, 60_000);

it('finds an archive that is nowhere, and one that takes nothing', async () => {
  await restartWith('wal_level = replica', 'max_wal_senders = 10', 'archive_mode = on');
  expect(await findings()).toEqual([NO_STANDBY, 'stop archive of Postgres: nothing says where the log goes']);
  await as(`ALTER SYSTEM SET archive_command = 'false'`, 'SELECT pg_reload_conf()');
  await as('SELECT pg_logical_emit_message(false, $$preflight$$, $$a segment$$)', 'SELECT pg_switch_wal()');
  const failed = 'stop archive of Postgres: the last attempt failed';
  await waitUntil(async () => (await findings()).includes(failed), WITHIN);
  expect(await findings()).toEqual([NO_STANDBY, failed]);
  await as(`ALTER SYSTEM SET archive_command = 'true'`, 'SELECT pg_reload_conf()');
  await waitUntil(async () => !(await findings()).includes(failed), WITHIN);
  expect(await findings()).toEqual([NO_STANDBY]);
}, 90_000);

it("finds a commit that does not wait for the standby's disk", async () => {
  await as(`ALTER SYSTEM SET synchronous_standby_names = 'one'`, 'SELECT pg_reload_conf()');
  await waitUntil(async () => !(await findings()).includes(NO_STANDBY), WITHIN);
  expect(await findings()).toEqual([
    "stop failover of Postgres: synchronous_commit is remote_write: a commit does not wait for a standby's disk",
  ]);
}, 60_000);

it('finds an address that leads to a standby', async () => {
  // Its log ends here: it waits for a primary, and is read-only.
  await postgres?.stop();
  closeSync(openSync(join(dataDirectory(dir), 'standby.signal'), 'w'));
  await start();
  expect(await findings()).toContain('stop failover of Postgres: the address leads to a standby');
}, 60_000);
