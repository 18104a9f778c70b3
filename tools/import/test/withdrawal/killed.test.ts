/**
 * `import:withdraw` as a process. Killed between two databases, it has taken the record whole or not at all, and ends when it is
 * run again.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Owner } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import { RECORD_SERVICES } from '@patient-access/topology';
import pg from 'pg';
import { explanation, importedProvenance, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const WITHDRAW = resolve(import.meta.dirname, '../../withdraw.ts');
const TENANT = 'mixed';
const LOCK = 4711;
/** A process starts slowly on a machine that is busy. */
const PATIENT = { withinMs: 60_000 };
/** A commit waits here for as long as the test holds the lock. */
const HOLD = `
  CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(${LOCK}); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON withdrawn_resource DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION hold();`;
const LET_GO = 'DROP TRIGGER hold ON withdrawn_resource; DROP FUNCTION hold()';
const WAITING = `
  SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

function start(record: string, to: string) {
  const args = ['--tenant', TENANT, '--record', record, '--from', 'p', '--reason', 'mixed up', '--to', 'q'];
  const child = spawn(process.execPath, [WITHDRAW, ...args, '--as', to], {
    cwd: world.folder,
    env: { PATH: '', ...world.environment },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
    child.once('close', (code) => done({ code, out, err })),
  );
  return { child, ended };
}

/** Kills the command while it commits in one database, as if that database had stopped with it. */
async function killIn(owner: Owner, record: string, to: string): Promise<void> {
  const admin = new pg.Client({ connectionString: world.adminUrlOf(owner) });
  await admin.connect();
  await admin.query(HOLD);
  await admin.query(`SELECT pg_advisory_lock(${LOCK})`);
  const { child, ended } = start(record, to);
  try {
    const waiting = async () => (await admin.query<{ pid: number }>(WAITING)).rows[0]?.pid;
    await waitUntil(async () => (await waiting()) !== undefined || child.exitCode !== null, PATIENT);
    child.kill('SIGKILL');
    await ended;
    await admin.query('SELECT pg_terminate_backend($1)', [await waiting()]);
    await waitUntil(async () => (await waiting()) === undefined, PATIENT);
    await admin.query(LET_GO);
  } finally {
    child.kill('SIGKILL');
    await admin.end();
  }
}

const members = async (reference: string) =>
  (await world.stored(TENANT, reference)).map(({ member, version }) => `${member} ${version}`);

/** Withdrawals that wait for the trail. */
async function events(): Promise<number> {
  let count = 0;
  for (const owner of RECORD_SERVICES) {
    const admin = new pg.Client({ connectionString: world.adminUrlOf(owner) });
    await admin.connect();
    const { rows } = await admin.query<{ body: string }>('SELECT body FROM outbox');
    count += rows.filter(({ body }) => body.includes('"withdraw"')).length;
    await admin.end();
  }
  return count;
}

describe('F65: import:withdraw', () => {
  it.each<[Owner, string]>([
    ['claims-service', 'e1'],
    ['coverage-service', 'e2'],
  ])(
    'killed while %s commits has taken all or nothing, and ends when it is run again',
    async (owner, id) => {
      const record = `ExplanationOfBenefit/${id}`;
      const data = [patient('p'), patient('q'), explanation(id, 'p'), importedProvenance(`of-${id}`, record)];
      await world.importFiles(TENANT, await world.file('first.ndjson', ndjson(...data)));
      const second = ndjson(explanation(id, 'p', { status: 'cancelled' }));
      await world.importFiles(TENANT, await world.file('second.ndjson', second));
      expect(await members(record)).toEqual(['p 2']);
      const before = await events();

      await killIn(owner, record, `${id}-q`);
      const left = [await members(record), await members(`ExplanationOfBenefit/${id}-q`)];
      expect([
        [['p 2'], []],
        [[], ['q 1']],
      ]).toContainEqual(left);

      const again = await start(record, `${id}-q`).ended;
      expect(again).toMatchObject({ code: 0, err: '' });
      expect(await members(record)).toEqual([]);
      expect(await members(`Provenance/of-${id}`)).toEqual([]);
      expect(await members(`ExplanationOfBenefit/${id}-q`)).toEqual(['q 1']);
      expect((await events()) - before).toBeGreaterThanOrEqual(1);

      const { rejections } = await world.importFiles(TENANT, await world.file('third.ndjson', second));
      expect(rejections).toMatchObject([{ reason: expect.stringMatching(/^withdrawn/) }]);
    },
    120_000,
  );
});
