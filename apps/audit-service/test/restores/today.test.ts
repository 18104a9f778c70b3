/** What checkpoints say of a day: all that was stored on it or nothing, in a form that the release before passes over. */
import { describe, expect, it, jest } from '@jest/globals';
import type { KeyObject } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { checkpointSigner, openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { recordRestore } from '../../src/restores/record-restore.ts';
import { openRestores, type RestoreRecord } from '../../src/restores/restore-record.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import { type Signing, signingWorld, startSigning } from '../checkpoints.ts';
import { accessEvent, asLines, CLAIMS_PRODUCER, type World } from '../world.ts';

/** More than are read for a checkpoint. */
const MANY = 1_000_100;
const DAY_MS = 86_400_000;
/** Of a checkpoint, and of a restore, as the release before reads them: any other member and it reads nothing. */
const OF_CHECKPOINT = ['heads', 'kind', 'signed', 'tenant'];
const OF_RESTORE = ['by', 'known', 'knownAt', 'reason', 'restored', 'signed', 'tenant'];

describe('what a checkpoint says of its day', () => {
  let world: World;
  let signing: Signing;
  signingWorld((...started) => ([world, signing] = started));

  const tamper = (what: string) =>
    world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${what}; COMMIT`);
  /** Stores one event, and signs. @returns what the checkpoint says of the day, as it was published */
  async function storeAndSign(heads = signing.heads()) {
    expect((await world.deliver(asLines(accessEvent()))).status).toBe(204);
    expect(await heads.sign()).toBe(1);
    const jws = signing.published.at(-1)?.jws ?? '';
    return (await openCheckpoint(jws, signing.signer.keys))?.today;
  }

  /** The same while the clock says another time. */
  function storeAndSignAt(now: number) {
    jest.useFakeTimers({
      now,
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'],
    });
    return storeAndSign().finally(() => jest.useRealTimers());
  }

  it('is all of it, in each checkpoint', async () => {
    for (const records of [1, 2, 3])
      expect(await storeAndSign()).toMatchObject([{ producer: CLAIMS_PRODUCER, records }]);
  });

  it('is nothing after a pause in which too much came, and the trail is signed again', async () => {
    await storeAndSign();
    await tamper(`UPDATE trail.chain_head SET seq = seq + ${MANY}`);
    expect(await signing.heads().sign()).toBe(1);
    expect(signing.published.at(-1)).toMatchObject({ heads: [{ seq: MANY + 1 }] });
    expect(signing.published.at(-1)).not.toHaveProperty('today');
    // The rest of the day would be taken for all of it.
    await tamper(`UPDATE trail.audit_event SET seq = seq + ${MANY}`);
    expect(await storeAndSign()).toBeUndefined();
  });

  it('is nothing after the key was changed: what came before this day is not counted as of this day', async () => {
    const other = await startSigning(world);
    await world.deliver(asLines(accessEvent(), accessEvent()));
    expect(await other.heads().sign()).toBe(1);
    await other.stop();
    expect(await storeAndSign()).toBeUndefined();
    expect(await storeAndSign()).toBeUndefined();
  });

  it('is nothing where a clock was days ahead before: what came before that is of this day, too', async () => {
    expect(await storeAndSign()).toMatchObject([{ records: 1 }]);
    expect(await storeAndSignAt(Date.now() + 2 * DAY_MS)).toMatchObject([{ records: 1 }]);
    expect(await storeAndSign()).toBeUndefined();
  });

  it('is that of the day alone, on a day that a clock which was ahead had shown before', async () => {
    const ahead = Date.now() + 2 * DAY_MS;
    expect(await storeAndSignAt(ahead)).toMatchObject([{ records: 1 }]);
    expect(await storeAndSign()).toBeUndefined();
    expect(await storeAndSignAt(ahead - (ahead % DAY_MS))).toMatchObject([{ records: 1 }]);
  });

  it('stands where the release before passes over it, also in a restore, and is signed there', async () => {
    const operators = mountedCheckpointKey();
    const { keys } = await checkpointSigner(operators);
    const owner = new pg.Client({ connectionString: world.urls.owner });
    await owner.connect();
    await storeAndSign();
    await tamper('DELETE FROM trail.audit_event; DELETE FROM trail.batch; DELETE FROM trail.chain_head');
    const said: RestoreRecord[] = [];
    const publish = (record: RestoreRecord) => Promise.resolve(void said.push(record));
    const by = { key: operators, checkpointKeys: signing.signer.keys };
    const outside = { checkpoints: signing.published, restores: [] };
    await recordRestore(
      { owner, records: signing.records, publish, ...by },
      { tenant: 'northwind', reason: 'the disk was lost', by: 'ada' },
      outside,
    );
    await owner.end();

    const membersOf = async (jws: string, of: ReadonlyMap<string, KeyObject>) => {
      const key = of.get(decodeProtectedHeader(jws).kid ?? '');
      if (!key) throw new Error('not signed');
      const { payload } = await compactVerify(jws, key);
      return Object.keys(JSON.parse(Buffer.from(payload).toString()) as object).sort();
    };
    const [checkpoint = '', restore = ''] = [signing.published[0]?.jws, said[0]?.jws];
    expect(await membersOf(checkpoint, signing.signer.keys)).toEqual(OF_CHECKPOINT);
    expect(await membersOf(restore, keys)).toEqual(OF_RESTORE);
    expect(await openRestores([restore], keys)).toMatchObject([
      { lacking: [{ producer: CLAIMS_PRODUCER, records: 1 }] },
    ]);
    // Whoever changes what stands there breaks the signature.
    const [header = '', ...rest] = checkpoint.split('.');
    const changed = Buffer.from(header, 'base64url').toString().replace('"records":1', '"records":0');
    const forged = [Buffer.from(changed).toString('base64url'), ...rest].join('.');
    expect(forged).not.toBe(checkpoint);
    expect(await openCheckpoint(forged, signing.signer.keys)).toBeUndefined();
  });
});
