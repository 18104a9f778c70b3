/** Continuous verification, and the signer that refuses to sign a chain which has changed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventKeys, laneOf, recordHash } from '@patient-access/events';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import {
  checkpointKeys,
  openCheckpoint,
  checkpointSigner,
  signedRecords,
} from '../../src/checkpoints/checkpoint.ts';
import { checkpointPublisher } from '../../src/checkpoints/publish.ts';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import type { Problem } from '../../src/verify/verify-chain.ts';
import { storeBatch } from '../../src/store-events.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import { type Signing, signingWorld } from '../checkpoints.ts';
import { accessEvent, asLines, asMember, batchesOf, EVENT_PUBLIC_KEYS, idOf, type World } from '../world.ts';

let world: World;
let signing: Signing;
signingWorld((...started) => ([world, signing] = started));

const deliver = (count: number, tenant = 'northwind') =>
  world.deliver(asLines(...Array.from({ length: count }, () => accessEvent({ tenant }))));
const keys = () => ({ checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) });
const tamper = (what: string) =>
  world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${what}; COMMIT`);

describe('continuous verification', () => {
  it('reports a record that was changed since the last round, until it is restored', async () => {
    const found: Problem[] = [];
    const verifier = new ContinuousVerifier(signing.records, keys(), (problem) => found.push(problem));
    const round = async () => {
      for (let walk = 0; walk < 80; walk += 1) await verifier.verifyNext(7);
    };
    await deliver(10);
    await deliver(13, 'lakeside');
    await round();
    expect([found, verifier.verified >= 23]).toEqual([[], true]);
    const [ours, theirs] = ['northwind', 'lakeside'].map((tenant) => verifier.verifiedOf(tenant));
    expect([(ours ?? 0) >= 10, (theirs ?? 0) >= 13, (ours ?? 0) + (theirs ?? 0)]).toEqual([
      true,
      true,
      verifier.verified,
    ]);
    const record = (to: string, from: string) =>
      `UPDATE trail.audit_event SET record = replace(record, '${from}', '${to}') WHERE tenant = 'lakeside' AND seq = 9`;
    await tamper(record('Health Dairy', 'Health Diary'));
    await round();
    expect(verifier.problems).toEqual([
      expect.objectContaining({ tenant: 'lakeside', seq: 9, kind: 'altered' }),
    ]);
    await tamper(record('Health Diary', 'Health Dairy'));
    await round();
    expect(verifier.problems).toEqual([]);
  });

  it('finds nothing wrong with a record that is stored already and would be no record today', async () => {
    const event = { v: 1 as const, ...accessEvent({ request: 'GET Claim?x=\ud83d' }) };
    const text = JSON.stringify(event);
    expect((await world.deliver([text])).status).toBe(204);
    const stored = async () => (await world.admin.query('SELECT FROM trail.audit_event')).rowCount;
    expect(await stored()).toBe(0);
    // As a release before stored it.
    const hashes = [recordHash(text)];
    for (const batch of batchesOf([text])) {
      const records = batch.records.map((record) => ({ ...record, hash: recordHash(text), event }));
      await storeBatch(signing.pool, { batch, hashes, records });
    }
    expect(await stored()).toBe(1);
    await deliver(2);
    const verifier = new ContinuousVerifier(signing.records, keys(), () => undefined);
    for (let walk = 0; walk < 80; walk += 1) await verifier.verifyNext(7);
    expect([verifier.problems, verifier.verified >= 3]).toEqual([[], true]);
    expect([await signing.heads().sign(), signing.broken]).toEqual([1, []]);
    const { status, text: body } = await (
      await asMember(world, 'northwind', 'anna')
    )(`AuditEvent/${idOf(event)}`);
    expect([status, (JSON.parse(body) as { id: string }).id]).toEqual([200, idOf(event)]);
  });

  it('verifies no more records than it was asked to', async () => {
    await deliver(30);
    const verifier = new ContinuousVerifier(signing.records, keys(), () => undefined);
    let most = 0;
    for (let walk = 0; walk < 20; walk += 1) {
      const before = verifier.verified;
      await verifier.verifyNext(10);
      most = Math.max(most, verifier.verified - before);
    }
    expect(most).toBe(10);
  });
});

const head = { lane: 3, seq: 1, hash: 'a'.repeat(64) };

describe('a checkpoint', () => {
  it('is signed once for each chain that has grown, and names its head', async () => {
    await deliver(3);
    await deliver(2, 'lakeside');
    const heads = signing.heads();
    expect([await heads.sign(), await heads.sign()]).toEqual([2, 0]);
    await deliver(1);
    expect(await heads.sign()).toBe(1);
    expect(signing.published.map((each) => [each.tenant, signedRecords(each), each.kind])).toEqual(
      expect.arrayContaining([
        ['northwind', 3, 'head'],
        ['lakeside', 2, 'head'],
        ['northwind', 4, 'head'],
      ]),
    );
    const { rows } = await world.admin.query<{ jws: string }>(
      'SELECT jws FROM trail.checkpoint ORDER BY signed',
    );
    expect(rows.map(({ jws }) => jws).sort()).toEqual(signing.published.map(({ jws }) => jws).sort());
  });

  it('of each day before, and all of the last hour, are enough to verify again, and find what was rewritten', async () => {
    const heads = signing.heads();
    for (let minute = 0; minute < 6; minute += 1) {
      await deliver(1);
      await heads.sign();
    }
    const ago = ['9 days 3 hours', '9 days 2 hours', '8 days', '3 hours', '2 minutes', '1 minute'];
    for (const [at, time] of ago.entries())
      await tamper(
        `UPDATE trail.checkpoint SET signed = now() - interval '${time}' WHERE records = ${at + 1}`,
      );
    await tamper(`INSERT INTO trail.checkpoint SELECT tenant, records, 'root', signed, jws FROM trail.checkpoint
                   WHERE records = 1`);
    const few = await signing.records.fewCheckpoints('northwind', signing.signer.keys);
    // Of the first day its last one, and the root beside it.
    expect(few.map(signedRecords).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const verifier = new ContinuousVerifier(signing.records, keys(), () => undefined);
    const round = async () => {
      for (let walk = 0; walk < 40; walk += 1) await verifier.verifyNext(7);
    };
    await round();
    expect(verifier.problems).toEqual([]);
    await tamper(
      'UPDATE trail.chain_head SET seq = 2, hash = (SELECT hash FROM trail.audit_event WHERE seq = 2)',
    );
    await tamper('DELETE FROM trail.audit_event WHERE seq > 2; DELETE FROM trail.batch WHERE from_seq > 2');
    await round();
    expect(verifier.problems).toEqual([expect.objectContaining({ seq: 3, kind: 'cut' })]);
  });

  it('is signed by one of several replicas', async () => {
    await deliver(3);
    const signed = await Promise.all([signing.heads().sign(), signing.heads().sign()]);
    expect(signed.reduce((sum, count) => sum + count)).toBe(1);
  });

  it('that could not be published is signed again later, for the head at that time', async () => {
    await deliver(3);
    const heads = signing.heads();
    signing.publisher.failing = true;
    await expect(heads.sign()).rejects.toThrow('nowhere');
    signing.publisher.failing = false;
    await deliver(1);
    await heads.sign();
    expect(signing.published.map(signedRecords)).toEqual([4]);
  });

  it.each([
    [
      'cut',
      'DELETE FROM trail.audit_event WHERE seq > 2; UPDATE trail.chain_head SET seq = 2, hash = (SELECT hash FROM trail.audit_event WHERE seq = 2)',
    ],
    [
      'rewritten',
      'UPDATE trail.audit_event SET hash = sha256(hash) WHERE seq >= 5; UPDATE trail.chain_head SET hash = sha256(hash)',
    ],
    [
      'deleted with its checkpoint',
      'DELETE FROM trail.checkpoint; DELETE FROM trail.audit_event WHERE seq = 5',
    ],
  ])('is the last one of its chain when the signed record was %s', async (_what, change) => {
    await deliver(5);
    const heads = signing.heads();
    await heads.sign();
    await tamper(change);
    await deliver(2);
    expect(await heads.sign()).toBe(0);
    expect(signing.broken).toEqual([['northwind', laneOf({ tenant: 'northwind', member: 'anna' }), 5]]);
    expect(heads.brokenTenants).toEqual(['northwind']);
  });

  it('is appended to a file as one line, and written to the log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patient-access-checkpoints-'));
    const logged: object[] = [];
    const CHECKPOINT_LOG = join(folder, 'checkpoints');
    const to = { ...KafkaConfig.parse({}), CHECKPOINT_LOG };
    const publisher = checkpointPublisher(to, { info: (fields) => void logged.push(fields) });
    const statement = { tenant: 'northwind', heads: [head], kind: 'head' as const };
    const [one, two] = [
      await signing.signer.sign(statement),
      await signing.signer.sign({ ...statement, heads: [{ ...head, seq: 2 }] }),
    ];
    await publisher.publish([one]);
    await publisher.publish([two]);
    expect(readFileSync(CHECKPOINT_LOG, 'utf8')).toBe(`${one.jws}\n${two.jws}\n`);
    expect(logged).toEqual([
      { tenant: 'northwind', records: 1, checkpoint: one.jws },
      { tenant: 'northwind', records: 2, checkpoint: two.jws },
    ]);
    rmSync(folder, { recursive: true });
  });

  it('counts with its own key’s signature alone', async () => {
    const statement = { tenant: 'northwind', heads: [head], kind: 'root' as const };
    const [own, foreign] = [signing.signer, await checkpointSigner(mountedCheckpointKey())];
    const { jws } = await own.sign(statement);
    const pem = [...own.keys.values()]
      .map((key) => String(key.export({ type: 'spki', format: 'pem' })))
      .join('');
    const keys = await checkpointKeys(pem);
    expect(await openCheckpoint(jws, keys)).toMatchObject(statement);
    const [header = '', , signature = ''] = jws.split('.');
    const forged = Buffer.from(JSON.stringify({ ...statement, heads: [], signed: new Date().toISOString() }));
    for (const bad of [
      (await foreign.sign(statement)).jws,
      `${header}.${forged.toString('base64url')}.${signature}`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged.toString('base64url')}.`,
      '',
      'x',
    ])
      expect(await openCheckpoint(bad, keys)).toBeUndefined();
    await expect(checkpointKeys('none')).rejects.toThrow('no public key');
    await expect(checkpointSigner('none')).rejects.toThrow();
  });
});
