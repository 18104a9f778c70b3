/** A trail that is put back a second time: after the wrong backup, or because the first restore did not last. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventKeys, laneOf } from '@patient-access/events';
import type pg from 'pg';
import { recordReplay } from '../../src/restores/record-replay.ts';
import { recordRestore } from '../../src/restores/record-restore.ts';
import type { RestoreRecord } from '../../src/restores/restore-record.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import type { Signing } from '../checkpoints.ts';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, asLines, batchesOf, CLAIMS_PRODUCER, EVENT_PUBLIC_KEYS, type World } from '../world.ts';

const TENANT = 'northwind';
const LANE = laneOf({ tenant: TENANT, member: 'anna' });
const OPERATORS = mountedCheckpointKey();

describe('a trail that is put back twice', () => {
  let operators: OperatorsWorld;
  let world: World;
  let signing: Signing;
  let owner: pg.Client;
  let putBack: OperatorsWorld['putBack'];
  let tamper: OperatorsWorld['tamper'];
  const events = Array.from({ length: 12 }, () => accessEvent());
  const ofRun = Array.from({ length: 15 }, () => accessEvent());
  const numbers = batchesOf(asLines(...events, ...ofRun)).flatMap(({ records }) =>
    records.map(({ sequence }) => sequence),
  );
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    ({ world, signing, owner, putBack, tamper } = operators);
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
  /** @param restores what was said before @param undone those of them that it undoes */
  const say = async (restores: readonly RestoreRecord[] = [], undone: readonly RestoreRecord[] = []) => {
    const said: RestoreRecord[] = [];
    const publish = (record: RestoreRecord) => Promise.resolve(void said.push(record));
    const checkpointKeys = signing.signer.keys;
    const means = { owner, records: signing.records, key: OPERATORS, publish, checkpointKeys };
    const outside = { checkpoints: signing.published, restores };
    const undoes = undone.map(({ signed }) => signed);
    await recordRestore(means, { tenant: TENANT, reason: 'the disk was lost', by: 'ada', undoes }, outside);
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

  const TABLES = ['audit_event', 'batch', 'checkpoint', 'chain_head'];
  const backUp = () =>
    tamper(TABLES.map((name) => `CREATE TABLE public.kept_${name} AS TABLE trail.${name}`).join(';'));
  const putBackUp = () =>
    tamper(
      TABLES.map(
        (name) =>
          `TRUNCATE trail.${name} CASCADE; INSERT INTO trail.${name} TABLE public.kept_${name}; DROP TABLE public.kept_${name}`,
      )
        // A mark that moved since the backup would say that nothing is missing.
        .concat('UPDATE producer SET through = 0')
        .join(';'),
    );

  it('verifies after the wrong backup was put back first, and counts what is lost once', async () => {
    await world.empty();
    signing.published.length = 0;
    await world.deliver(asLines(...events.slice(0, 5)));
    await signing.heads().sign();
    await world.deliver(asLines(...events.slice(5, 9)));
    await signing.heads().sign();
    await backUp();
    await world.deliver(asLines(...events.slice(9)));
    await signing.heads().sign();
    await putBack(5);
    const wrong = await say();
    await world.deliver(asLines(...events.slice(5, 8)));
    await signing.heads().sign();
    await putBackUp();
    expect((await verdict(wrong)).problem).toMatchObject({ kind: 'rewritten' });
    const right = await say(wrong, wrong);
    const lost = { lane: LANE, signed: right[0]?.signed, from: 10, to: 12, replayed: 0 };
    expect(await verdict([...wrong, ...right])).toMatchObject({ records: 9, restored: [lost] });
    await world.deliver(asLines(accessEvent({ recorded: new Date(Date.now() + 1_000).toISOString() })));
    await signing.heads().sign();
    expect(await verdict([...wrong, ...right])).toMatchObject({ records: 10, restored: [lost] });
    await putBack(9);
    expect((await verdict([...wrong, ...right])).problem).toMatchObject({ seq: 10, kind: 'cut' });
  });

  it('verifies after the undamaged disk was put back, which lacks nothing that was signed before the wrong backup', async () => {
    await world.empty();
    signing.published.length = 0;
    await world.deliver(asLines(...events.slice(0, 5)));
    await signing.heads().sign();
    await world.deliver(asLines(...events.slice(5)));
    await signing.heads().sign();
    await backUp();
    await putBack(5);
    const wrong = await say();
    await world.deliver(asLines(...events.slice(5, 8)));
    await signing.heads().sign();
    await putBackUp();
    expect((await verdict(wrong)).problem).toMatchObject({ kind: 'rewritten' });
    await expect(say()).rejects.toThrow('nothing to say');
    const right = await say(wrong, wrong);
    expect(right).toMatchObject([{ restored: [{ lane: LANE, seq: 12 }], known: [{ lane: LANE, seq: 12 }] }]);
    const all = [...wrong, ...right];
    const whole = await verdict(all);
    expect([whole.records, whole.problem, whole.restored]).toEqual([12, undefined, undefined]);
    const { rows } = await world.admin.query<{ body: string }>(
      `DELETE FROM outbox WHERE body LIKE '%"restore"%' RETURNING body`,
    );
    expect(rows.map(({ body }) => body)).toContainEqual(
      expect.stringContaining(`which has all that was signed until ${right[0]?.backupAt}: the disk was lost`),
    );
    await world.deliver(asLines(accessEvent()));
    await signing.heads().sign();
    expect((await verdict(all)).problem).toBeUndefined();
    await putBack(12);
    expect((await verdict(all)).problem).toMatchObject({ seq: 13, kind: 'cut' });
  });

  it('undoes no earlier restore but the one that the operators name, and has published nothing before', async () => {
    const [checkpoints, keys] = ['checkpoints', 'keys'].map((name) => join(operators.folder, name)) as [
      string,
      string,
    ];
    writeFileSync(checkpoints, signing.published.map(({ jws }) => `${jws}\n`).join(''));
    writeFileSync(keys, operators.signersKeys());
    const statements = () =>
      readFileSync(checkpoints, 'utf8').trimEnd().split('\n').length - signing.published.length;
    const restore = (...more: string[]) =>
      operators.audit(
        [
          ...['restore', '--tenant', TENANT, '--reason', 'the disk was lost', '--restore-key', '-'],
          ...['--checkpoints', checkpoints, '--keys', keys, ...more],
        ],
        { CHECKPOINT_LOG: checkpoints, input: OPERATORS },
      );
    const first = restore();
    const [signed = ''] = /(?<="signed": ")[^"]+/.exec(first.stdout) ?? [];
    expect([first.status, signed, statements()]).toEqual([0, expect.stringContaining('T'), 1]);
    const told = `this would undo the restore of ${signed}; nothing is signed. If that is meant: --undoes ${signed}\n`;
    expect(restore()).toMatchObject({ status: 1, stderr: expect.stringContaining(told) });
    const stray = '2026-11-01T10:00:00.000Z';
    expect(restore('--undoes', signed, '--undoes', stray)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`this backup undoes no restore of ${stray}; nothing is signed`),
    });
    expect(statements()).toBe(1);
    expect(restore('--undoes', signed)).toMatchObject({ status: 0, stderr: '' });
    expect(statements()).toBe(2);
  });

  it('has published nothing where its event could not be stored', async () => {
    const said: RestoreRecord[] = [];
    const publish = (record: RestoreRecord) => Promise.resolve(void said.push(record));
    const by = { key: OPERATORS, checkpointKeys: signing.signer.keys };
    const means = { owner, records: signing.records, publish, ...by };
    const outside = { checkpoints: signing.published, restores: [] };
    const refused = "CHECK (body NOT LIKE '%restore from a backup%') NOT VALID";
    await world.admin.query(`ALTER TABLE public.outbox ADD CONSTRAINT refused ${refused}`);
    const restore = recordRestore(means, { tenant: TENANT, reason: 'a disk', by: 'ada' }, outside);
    await expect(restore).rejects.toThrow('refused');
    await world.admin.query('ALTER TABLE public.outbox DROP CONSTRAINT refused');
    expect(said).toEqual([]);
  });

  it('names what was stored before the wrong backup and what the run after it stored, of one day', async () => {
    await world.empty();
    signing.published.length = 0;
    await world.deliver(asLines(...events.slice(0, 5)));
    await signing.heads().sign();
    await world.deliver(asLines(...events.slice(5, 9)));
    await signing.heads().sign();
    await backUp();
    await world.deliver(asLines(...events.slice(9)));
    await signing.heads().sign();
    await putBack(5);
    const wrong = await say();
    await world.deliver(asLines(...ofRun));
    await signing.heads().sign();
    await putBackUp();
    const [right] = await say(wrong, wrong);
    expect(right?.lacking).toEqual([
      { producer: CLAIMS_PRODUCER, first: numbers[0], last: numbers.at(-1), records: 3 + ofRun.length },
    ]);
    if (!right) throw new Error('nothing was said');
    const finish = () =>
      recordReplay({ owner, key: OPERATORS, publish: () => Promise.resolve() }, right, 'ada');
    await world.deliver(asLines(...ofRun));
    const { replayed, lost } = await finish();
    expect(replayed).toMatchObject([{ records: ofRun.length }]);
    expect(lost).toEqual([{ producer: CLAIMS_PRODUCER, records: 3, ranges: [[numbers[9], numbers[11]]] }]);
    await world.deliver(asLines(...events.slice(9)));
    expect((await finish()).lost).toEqual([]);
  });

  it('has lost nothing of a run in which only what the backup has came again', async () => {
    await world.empty();
    signing.published.length = 0;
    await world.deliver(asLines(...events.slice(0, 5)));
    await signing.heads().sign();
    await world.deliver(asLines(...events.slice(5)));
    await signing.heads().sign();
    await backUp();
    await putBack(5);
    const wrong = await say();
    await world.deliver(asLines(...events.slice(5, 8)));
    await signing.heads().sign();
    await putBackUp();
    const [right] = await say(wrong, wrong);
    if (!right) throw new Error('nothing was said');
    const publish = () => Promise.resolve();
    expect(await recordReplay({ owner, key: OPERATORS, publish }, right, 'ada')).toMatchObject({
      ...{ replayed: [], lost: [], unnamed: 0 },
    });
  });

  it('has lost at a second restore what came since the first, and no more', async () => {
    const first = await say();
    await world.deliver(asLines(...events.slice(5, 8)));
    await signing.heads().sign();
    await world.deliver(asLines(...events.slice(8, 10)));
    await signing.heads().sign();
    await putBack(8);
    const second = await say(first);
    expect(second).toMatchObject([
      { known: [{ lane: LANE, seq: 10 }], lacking: [{ producer: CLAIMS_PRODUCER, records: 2 }] },
    ]);
    const { problem, restored } = await verdict([...first, ...second]);
    expect([problem, restored?.map(({ from, to }) => [from, to])]).toEqual([
      undefined,
      [
        [6, 12],
        [9, 10],
      ],
    ]);
  });
});
