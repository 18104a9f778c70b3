/** After a restore from a backup the trail goes on truthfully; a cut without the operators' statement stays a cut. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { eventKeys, laneOf } from '@patient-access/events';
import pg from 'pg';
import { checkpointKeys } from '../../src/checkpoints/checkpoint.ts';
import { recordRestore } from '../../src/restores/record-restore.ts';
import { openRestores, type RestoreRecord } from '../../src/restores/restore-record.ts';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import { readOutside } from '../../src/verify/outside.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import { startSigning } from '../checkpoints.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, startWorld, type World } from '../world.ts';

const COMMAND = join(import.meta.dirname, '../../dist/admin.js');
const TENANT = 'northwind';
const LANE = laneOf({ tenant: TENANT, member: 'anna' });
const OPERATORS = mountedCheckpointKey();
const publicHalf = (pem: string) => String(createPublicKey(pem).export({ type: 'spki', format: 'pem' }));

describe('a restored trail', () => {
  let world: World;
  let signing: Awaited<ReturnType<typeof startSigning>>;
  let owner: pg.Client;
  let folder: string;
  const events = Array.from({ length: 12 }, () => accessEvent());
  beforeAll(async () => {
    world = await startWorld();
    signing = await startSigning(world);
    owner = new pg.Client({ connectionString: world.urls.owner });
    await owner.connect();
    folder = mkdtempSync(join(tmpdir(), 'patient-access-restores-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await owner?.end();
    await signing?.stop();
    await world?.stop();
  });
  afterEach(async () => {
    await world.empty();
    signing.published.length = 0;
  });

  const tamper = (what: string) =>
    world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${what}; COMMIT`);
  /** The database as a backup had it, when there were `records` records. */
  const putBack = (records: number) =>
    tamper(`DELETE FROM trail.audit_event WHERE seq > ${records}; DELETE FROM trail.batch WHERE to_seq > ${records};
            DELETE FROM trail.checkpoint WHERE records > ${records};
            UPDATE trail.chain_head h SET seq = ${records}, hash = a.hash, stored = a.stored
              FROM trail.audit_event a WHERE a.lane = h.lane AND a.seq = ${records}`);
  const verdict = async (restores: readonly RestoreRecord[] = []) =>
    verifyTenant(
      signing.records,
      TENANT,
      { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS), restores },
      signing.published,
    );
  const say = async (key = OPERATORS) => {
    const said: RestoreRecord[] = [];
    const publish = (record: RestoreRecord) => Promise.resolve(void said.push(record));
    const means = { owner, records: signing.records, key, publish };
    await recordRestore(means, { tenant: TENANT, reason: 'the disk was lost', by: 'ada' }, signing.published);
    return said;
  };

  /** Five records are in the backup, and twelve were signed for. */
  beforeEach(async () => {
    const heads = signing.heads();
    await world.deliver(asLines(...events.slice(0, 5)));
    await heads.sign();
    await world.deliver(asLines(...events.slice(5)));
    await heads.sign();
    await putBack(5);
  });

  it('is what the continuous verifier says too, from what is kept outside the database', async () => {
    const file = join(folder, 'outside');
    const publicKey = publicHalf(OPERATORS);
    const walk = async (operators: string | undefined) => {
      const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
      const outside = () => readOutside(file, signing.signer.keys, operators);
      const verifier = new ContinuousVerifier(signing.records, keys, () => undefined, outside);
      for (let turn = 0; turn < 3; turn += 1) await verifier.verifyNext(1_000);
      return [verifier.problems.map(({ kind }) => kind), verifier.lostByRestores[TENANT]];
    };
    const write = (statements: readonly { jws: string }[]) =>
      writeFileSync(file, [...signing.published, ...statements].map(({ jws }) => `${jws}\n`).join(''));
    write([]);
    expect(await walk(publicKey)).toEqual([['cut'], 0]);
    write(await say());
    await world.deliver(asLines(...events.slice(5, 9)));
    expect(await walk(publicKey)).toEqual([[], 3]);
    expect(await walk(undefined)).toEqual([[expect.any(String)], 0]);
  });

  it('does not verify as long as nobody says that it was restored', async () => {
    expect((await verdict()).problem).toMatchObject({ lane: LANE, seq: 6, kind: 'cut' });
    await world.deliver(asLines(...events.slice(5, 9), accessEvent()));
    await signing.heads().sign();
    expect((await verdict()).problem).toBeDefined();
  });

  it('verifies once the operators have said so, and it says what came again and what is lost', async () => {
    const restores = await say();
    await world.deliver(asLines(...events.slice(5, 9)));
    await world.deliver(asLines(accessEvent({ recorded: new Date(Date.now() + 1_000).toISOString() })));
    await signing.heads().sign();
    const { records, problem, restored } = await verdict(restores);
    expect([records, problem]).toEqual([10, undefined]);
    expect(restored).toEqual([{ lane: LANE, signed: restores[0]?.signed, from: 6, to: 12, replayed: 4 }]);
    const { rows } = await world.admin.query<{ body: string }>(
      `DELETE FROM outbox WHERE body LIKE '%"restore"%' RETURNING body`,
    );
    expect(JSON.parse(rows[0]?.body ?? '{}')).toMatchObject({ action: 'restore', user: { sub: 'ada' } });
  });

  it('does not verify when it is cut or changed after the restore, or below what the backup had', async () => {
    const restores = await say();
    await world.deliver(asLines(...events.slice(5, 8)));
    await world.deliver(asLines(...events.slice(8)));
    await signing.heads().sign();
    expect((await verdict(restores)).problem).toBeUndefined();
    await putBack(8);
    expect((await verdict(restores)).problem).toMatchObject({ seq: 9, kind: 'cut' });
    await putBack(3);
    expect((await verdict(restores)).problem).toBeDefined();
  });

  it('cannot be made of a cut by somebody without the operators’ key', async () => {
    const keys = await checkpointKeys(publicHalf(OPERATORS));
    const forged = await say(mountedCheckpointKey());
    const genuine = await say();
    const lines = [...forged, ...genuine].map(({ jws }) => jws);
    expect((await openRestores(lines, keys)).map(({ jws }) => jws)).toEqual(genuine.map(({ jws }) => jws));
    expect(
      await openRestores(
        signing.published.map(({ jws }) => jws),
        keys,
      ),
    ).toEqual([]);
  });

  it('has nothing to say when nothing is missing', async () => {
    await world.deliver(asLines(...events.slice(5)));
    await expect(say()).rejects.toThrow('nothing to say');
  });

  it('ends the command with a code of its own', async () => {
    const [checkpoints, keys, operators, jwks] = ['checkpoints', 'keys', 'operators', 'jwks'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const restores = await say();
    const lines = [...signing.published, ...restores].map(({ jws }) => jws);
    writeFileSync(checkpoints, lines.join('\n'));
    const own = [...signing.signer.keys.values()].map((key) => key.export({ type: 'spki', format: 'pem' }));
    writeFileSync(keys, own.join(''));
    writeFileSync(operators, publicHalf(OPERATORS));
    writeFileSync(jwks, EVENT_PUBLIC_KEYS);
    // It was never in the trail before: of the seven that were, all are lost.
    await world.deliver(asLines(accessEvent({ recorded: '2026-11-01T10:00:00.000Z' })));
    const run = (...more: string[]) =>
      spawnSync(
        process.execPath,
        [COMMAND, 'verify', '--checkpoints', checkpoints, '--keys', keys, '--event-keys', jwks, ...more],
        { env: { AUDITOR_DATABASE_URL: world.urls.auditor }, encoding: 'utf8' },
      );
    const believed = run('--restore-keys', operators);
    expect([believed.status, believed.stdout]).toEqual([
      3,
      expect.stringContaining('at most 1 of that time came again, at least 6 are lost'),
    ]);
    expect(run().status).toBe(1);
  });
});
