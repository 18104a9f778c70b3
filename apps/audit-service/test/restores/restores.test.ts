/** After a restore from a backup the trail goes on truthfully; a cut without the operators' statement stays a cut. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventKeys, laneOf, recordOf, signBatch } from '@patient-access/events';
import type pg from 'pg';
import { checkpointKeys, openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { publicHalfOf } from '../../src/command/keys.ts';
import { recordReplay } from '../../src/restores/record-replay.ts';
import { recordRestore } from '../../src/restores/record-restore.ts';
import { lastReplays } from '../../src/restores/replay-record.ts';
import { openRestores, type RestoreRecord } from '../../src/restores/restore-record.ts';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import { readOutside } from '../../src/verify/outside.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import type { Signing } from '../checkpoints.ts';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import {
  accessEvent,
  asLines,
  batchesOf,
  CLAIMS_PRODUCER,
  EVENT_PUBLIC_KEYS,
  signerOf,
  type World,
} from '../world.ts';

const TENANT = 'northwind';
const LANE = laneOf({ tenant: TENANT, member: 'anna' });
const OPERATORS = mountedCheckpointKey();
const lastLine = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').at(-1);

describe('a restored trail', () => {
  let operators: OperatorsWorld;
  let world: World;
  let signing: Signing;
  let owner: pg.Client;
  let putBack: OperatorsWorld['putBack'];
  let folder: string;
  const events = Array.from({ length: 12 }, () => accessEvent());
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    ({ world, signing, owner, folder, putBack } = operators);
  });
  afterAll(() => operators?.stop());
  afterEach(async () => {
    await world.empty();
    signing.published.length = 0;
  });

  const verdict = async (restores: readonly RestoreRecord[] = []) =>
    verifyTenant(
      signing.records,
      TENANT,
      { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS), restores },
      signing.published,
    );
  /** @param restores what was said before */
  const say = async (key = OPERATORS, restores: readonly RestoreRecord[] = []) => {
    const said: RestoreRecord[] = [];
    const publish = (record: RestoreRecord) => Promise.resolve(void said.push(record));
    const checkpointKeys = signing.signer.keys;
    const means = { owner, records: signing.records, key, publish, checkpointKeys };
    const outside = { checkpoints: signing.published, restores };
    await recordRestore(means, { tenant: TENANT, reason: 'the disk was lost', by: 'ada' }, outside);
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
    const publicKey = publicHalfOf(OPERATORS);
    const walk = async (pem: string | undefined) => {
      const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
      const outside = () => readOutside(file, signing.signer.keys, pem);
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
    const keys = await checkpointKeys(publicHalfOf(OPERATORS));
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

  const finish = (of: RestoreRecord) =>
    recordReplay({ owner, key: OPERATORS, publish: () => Promise.resolve() }, of, 'ada');
  const BORN = 'claims-service/0a1b2c3d-0000-4000-8000-00000000b012';
  const bornEvents = Array.from({ length: 4 }, () => accessEvent());
  /** Of a process that was started after the backup. */
  const sendBorn = (...numbers: number[]) => {
    const records = numbers.map((sequence) => ({
      sequence,
      text: recordOf(bornEvents[sequence - 1] ?? accessEvent()),
    }));
    const batch = { producer: BORN, tenant: TENANT, lane: LANE, records };
    return world.send([signBatch(signerOf('claims-service'), batch)]);
  };

  it('names what came again and what is lost by producer, also of one that was born after the backup', async () => {
    await world.empty();
    signing.published.length = 0;
    const heads = signing.heads();
    await world.deliver(asLines(...events.slice(0, 5)));
    await heads.sign();
    await world.deliver(asLines(...events.slice(5)));
    await sendBorn(1, 2);
    await heads.sign();
    await sendBorn(3, 4);
    await heads.sign();
    await putBack(5);
    const [restored] = await say();
    if (!restored) throw new Error('nothing was said');
    await world.deliver(asLines(...events.slice(5, 9)));
    await sendBorn(1, 3);
    const numbers = batchesOf(asLines(...events)).flatMap(({ records }) =>
      records.map(({ sequence }) => sequence),
    );
    const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
    const { replayed, lost, unnamed } = await finish(restored);
    expect([replayed, lost, unnamed]).toEqual([
      [
        { producer: CLAIMS_PRODUCER, records: 4, ranges: [[first, last - 3]] },
        {
          producer: BORN,
          records: 2,
          ranges: [
            [1, 1],
            [3, 3],
          ],
        },
      ],
      [
        { producer: CLAIMS_PRODUCER, records: 3, ranges: [[last - 2, last]] },
        {
          producer: BORN,
          records: 2,
          ranges: [
            [2, 2],
            [4, 4],
          ],
        },
      ],
      0,
    ]);
    // More has come: the statement is made anew.
    await world.deliver(asLines(...events));
    await sendBorn(1, 2, 3, 4);
    const again = await finish(restored);
    expect([again.lost, again.unnamed]).toEqual([[], 0]);
    expect(lastReplays([again, await finish(restored)]).size).toBe(1);
  });

  it('says how much nobody can name, when checkpoints of before name no producers', async () => {
    for (const checkpoint of signing.published) delete checkpoint.today;
    const [restored] = await say();
    if (!restored) throw new Error('nothing was said');
    expect(await finish(restored)).toMatchObject({ replayed: [], lost: [], unnamed: 7 });
    const { jws } = await signing.signer.sign({ tenant: TENANT, heads: restored.known, kind: 'head' });
    expect(await openCheckpoint(jws, signing.signer.keys)).toMatchObject({ tenant: TENANT });
  });

  it('has nothing to say when nothing is missing', async () => {
    await world.deliver(asLines(...events.slice(5)));
    await expect(say()).rejects.toThrow('nothing to say');
  });

  it('ends the command with a code of its own', async () => {
    const [checkpoints, keys, restoreKeys, jwks] = ['checkpoints', 'keys', 'operators', 'jwks'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const restores = await say();
    const lines = [...signing.published, ...restores].map(({ jws }) => jws);
    writeFileSync(checkpoints, lines.map((line) => `${line}\n`).join(''));
    writeFileSync(keys, operators.signersKeys());
    writeFileSync(restoreKeys, publicHalfOf(OPERATORS));
    writeFileSync(jwks, EVENT_PUBLIC_KEYS);
    // It was never in the trail before: of the seven that were, all are lost.
    await world.deliver(asLines(accessEvent({ recorded: '2026-11-01T10:00:00.000Z' })));
    const run = (...more: string[]) =>
      operators.audit([
        'verify',
        '--checkpoints',
        checkpoints,
        '--keys',
        keys,
        '--event-keys',
        jwks,
        ...more,
      ]);
    const believed = run('--restore-keys', restoreKeys);
    expect([believed.status, believed.stdout]).toEqual([
      3,
      expect.stringContaining('at most 1 of that time came again, at least 6 are lost'),
    ]);
    expect(believed.stdout).toContain('is not stated yet (restore --finish)');
    expect(run().status).toBe(1);
    expect(run('--restore-keys', restoreKeys, '--restored-is-whole').status).toBe(0);
    expect(run('--restored-is-whole').status).toBe(1);
    const finish = ['restore', '--finish', '--tenant', TENANT, '--restore-key', '-'];
    const finished = operators.audit([...finish, '--checkpoints', checkpoints, '--keys', keys], {
      CHECKPOINT_LOG: checkpoints,
      input: OPERATORS,
    });
    expect([finished.status, finished.stderr]).toEqual([0, expect.any(String)]);
    const stated = run('--restore-keys', restoreKeys);
    const numbers = batchesOf(asLines(...events)).flatMap(({ records }) =>
      records.map(({ sequence }) => sequence),
    );
    expect([stated.status, stated.stdout]).toEqual([
      3,
      expect.stringContaining(
        `LOST      ${CLAIMS_PRODUCER}: ${numbers[5]}–${numbers[11]} (7 records of northwind)`,
      ),
    ]);
    expect(run().stdout).not.toContain('LOST');
    // What is lost was told: it is no news each night.
    expect(run('--restore-keys', restoreKeys, '--restored-is-whole').status).toBe(0);
  });

  it('says by command that the trail was restored, with a key that lies nowhere', () => {
    const checkpoints = join(folder, 'said');
    writeFileSync(checkpoints, signing.published.map(({ jws }) => `${jws}\n`).join(''));
    const keys = join(folder, 'keys-said');
    writeFileSync(keys, operators.signersKeys());
    const restore = (input: string, ...more: string[]) =>
      operators.audit(
        [
          ...['restore', '--tenant', TENANT, '--reason', 'the disk was lost'],
          ...['--restore-key', '-', '--checkpoints', checkpoints, '--keys', keys, ...more],
        ],
        { CHECKPOINT_LOG: checkpoints, input },
      );
    expect(restore('no key').status).toBe(1);
    expect(lastLine(checkpoints)).toBe(signing.published.at(-1)?.jws);
    expect(restore(OPERATORS).status).toBe(0);
    expect(lastLine(checkpoints)).not.toBe(signing.published.at(-1)?.jws);
  });
});
