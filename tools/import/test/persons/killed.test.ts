/**
 * `import:persons` as a process. Killed between two databases, it has moved all of a database or nothing, and ends when it is run
 * again; so does the undoing. What the other person has is never touched.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Owner } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { explanation, importedCondition, importedProvenance, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const PERSONS = resolve(import.meta.dirname, '../../persons.ts');
const TENANT = 'mixed';
const LOCK = 4712;
/** A process starts slowly on a machine that is busy. */
const PATIENT = { withinMs: 60_000 };
/** A commit waits here for as long as the test holds the lock. */
const HOLD = `
  CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(${LOCK}); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR DELETE ON replaced_person DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION hold();`;
const LET_GO = 'DROP TRIGGER hold ON replaced_person; DROP FUNCTION hold()';
const WAITING = `
  SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

function start(change: object) {
  const child = spawn(process.execPath, [PERSONS, '--tenant', TENANT], {
    cwd: world.folder,
    env: { PATH: '', ...world.environment },
  });
  child.stdin.end(JSON.stringify(change));
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
    child.once('close', (code) => done({ code, out, err })),
  );
  return { child, ended };
}

/** Kills the command while it commits in one database, as if that database had stopped with it. */
async function killIn(owner: Owner, change: object): Promise<void> {
  const admin = new pg.Client({ connectionString: world.adminUrlOf(owner) });
  await admin.connect();
  await admin.query(HOLD);
  await admin.query(`SELECT pg_advisory_lock(${LOCK})`);
  const { child, ended } = start(change);
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

/** Whose the records are, by type. */
const members = async () =>
  Object.fromEntries((await world.stored(TENANT)).map(({ type, id, member }) => [`${type}/${id}`, member]));

describe('O110: import:persons', () => {
  it('killed in the middle has moved all of a database or nothing, and ends when it is run again', async () => {
    const data = [
      ...[patient('p'), patient('q'), explanation('e1', 'p'), explanation('e2', 'q')],
      ...[importedCondition('c1', 'p'), importedProvenance('of-e1', 'ExplanationOfBenefit/e1')],
    ];
    await world.importFiles(TENANT, await world.file('first.ndjson', ndjson(...data)));
    const before = await members();
    const merged = Object.fromEntries(Object.keys(before).map((key) => [key, 'q']));
    const change = {
      ...{ id: 'c9b5ad3f-53a4-4a0c-9a5e-1c2b6a0d7e01', replaced: 'p', survivor: 'q', reason: 'two cards' },
      state: 'moving',
    };

    await killIn('claims-service', change);
    for (const half of Object.values(await members())) expect(['p', 'q']).toContain(half);
    expect(await members()).toMatchObject({ 'Patient/q': 'q', 'ExplanationOfBenefit/e2': 'q' });
    const again = await start(change).ended;
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(again.out)).toMatchObject({ next: expect.stringContaining('identity end') });
    expect(await members()).toEqual(merged);

    const late = ndjson(explanation('e3', 'p'), importedProvenance('of-e3', 'ExplanationOfBenefit/e3'));
    const { summary } = await world.importFiles(TENANT, await world.file('late.ndjson', late));
    expect(summary.rejected).toBe(0);
    expect(await members()).toEqual({
      ...merged,
      ...{ 'ExplanationOfBenefit/e3': 'q', 'Provenance/of-e3': 'q' },
    });

    const undo = { ...change, state: 'undoing' };
    await killIn('coverage-service', undo);
    const undone = await start(undo).ended;
    expect(undone).toMatchObject({ code: 0, err: '' });
    expect(await members()).toEqual({
      ...before,
      ...{ 'ExplanationOfBenefit/e3': 'p', 'Provenance/of-e3': 'p' },
    });
  }, 180_000);

  it('takes nothing but what auth-service has printed', async () => {
    const { code, err } = await start({ replaced: 'p', survivor: 'q' }).ended;
    expect([code, err]).toEqual([1, expect.stringContaining('identity merge')]);
  }, 60_000);
});
