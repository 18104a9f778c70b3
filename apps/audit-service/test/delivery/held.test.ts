/** What comes over Kafka while its plan is held waits in the database, and is stored when the plan goes on. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type EventBatch, eventKeys, partitionKey } from '@patient-access/events';
import { questionStatement } from '@patient-access/internal-api';
import { createLogger } from '@patient-access/platform';
import { keepHeld } from '../../src/delivery/dead-letters.ts';
import { EventsController } from '../../src/delivery/events.controller.ts';
import { missingSequences } from '../../src/delivery/producer-sequences.ts';
import { takeUp, takingUp } from '../../src/delivery/take-up.ts';
import type { StartCheck } from '../../src/verify/start-check.ts';
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

const HELD = 'northwind';
const OTHER = 'lakeside';
const KEYS = eventKeys(EVENT_PUBLIC_KEYS);
/** More than are read at a time. */
const MANY = 45;
/** The end of its only lane. */
const CUT = `UPDATE trail.chain_head SET seq = seq - 1 WHERE tenant = '${HELD}'`;

describe('a batch of a plan that is held', () => {
  let operators: OperatorsWorld;
  let world: World;
  let signing: Signing;
  let start: StartCheck;
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    ({ world, signing } = operators);
  });
  afterAll(() => operators?.stop());

  const events = (count: number, tenant: string) =>
    Array.from({ length: count }, () => accessEvent({ tenant }));
  const messagesOf = (...of: ReturnType<typeof events>) =>
    batchesOf(asLines(...of)).map((batch): EventBatch => ({ ...batch, key: partitionKey(batch) }));
  const numbersOf = (batches: readonly EventBatch[]) =>
    batches.flatMap(({ records }) => records.map(({ sequence }) => sequence));
  const storedOf = async (tenant: string) => {
    const { rows } = await world.admin.query<{ number: string }>(
      'SELECT number FROM trail.audit_event WHERE tenant = $1 ORDER BY lane, seq',
      [tenant],
    );
    return rows.map(({ number }) => Number(number));
  };
  const letters = async (which = 'replayed_at IS NULL') =>
    (await world.admin.query(`SELECT FROM dead_letter WHERE ${which}`)).rowCount;
  const release = async () => {
    await operators.tamper(`UPDATE trail.chain_head SET seq = seq + 1 WHERE tenant = '${HELD}'`);
    await start.look();
  };
  const logger = createLogger('audit-service', 'silent');
  /** What a replica does with messages that has just started. */
  async function restarted(): Promise<EventsController> {
    start = signing.startCheck(() => Promise.resolve({ checkpoints: signing.published, restores: [] }));
    await start.look();
    return new EventsController({ pool: signing.pool, keys: KEYS, logger, start });
  }
  let controller: EventsController;
  const takeUpNow = () =>
    takeUp({ pool: signing.pool, keys: KEYS }, (tenant) => start.refusal(tenant) === undefined);

  beforeEach(async () => {
    await world.empty();
    signing.published.length = 0;
    for (const _ of [1, 2]) await world.deliver(asLines(...events(1, HELD)));
    await signing.heads().sign();
    await operators.tamper(CUT);
    controller = await restarted();
    expect(start.held).toEqual([HELD]);
  });

  it('waits while those of others are stored, has not arrived, and is stored once and in order when it goes on', async () => {
    const [before, others] = [await storedOf(HELD), events(3, OTHER)];
    const messages = events(MANY, HELD).flatMap((event) => messagesOf(event));
    const [first] = messages;
    for (const _ of ['once', 'again'])
      expect(await controller.overKafka([...messages, ...messagesOf(...others), ...messages])).toEqual([]);
    expect([await storedOf(HELD), (await storedOf(OTHER)).length, await letters()]).toEqual([
      before,
      3,
      MANY,
    ]);
    const numbers = numbersOf(messages);
    const [lowest = 0, highest = 0] = [numbers.at(0), numbers.at(-1)];
    expect(await missingSequences(signing.pool, first?.producer ?? '', [lowest, highest])).toEqual([
      [lowest, highest],
    ]);
    expect([await takeUpNow(), await storedOf(HELD), await letters()]).toEqual([[], before, MANY]);
    await release();
    expect([await takeUpNow(), await storedOf(HELD), await letters()]).toEqual([
      [],
      [...before, ...numbers],
      0,
    ]);
    expect(await missingSequences(signing.pool, first?.producer ?? '', [lowest, highest])).toEqual([]);
  });

  it('is taken up after the next comparison, and by no replica that has not compared since the trail was cut', async () => {
    await operators.tamper(`UPDATE trail.chain_head SET seq = seq + 1 WHERE tenant = '${HELD}'`);
    await restarted();
    const [means, early] = [{ pool: signing.pool, keys: KEYS, logger }, start];
    const byEarly = takingUp({ ...means, start: early });
    await byEarly();
    await operators.tamper(CUT);
    controller = await restarted();
    const byLate = takingUp({ ...means, start });
    await controller.overKafka(messagesOf(...events(1, HELD)));
    for (const work of [byEarly, byLate]) await work();
    expect([early.held, (await storedOf(HELD)).length, await letters()]).toEqual([[], 2, 1]);
    await release();
    await byEarly();
    expect(await letters()).toBe(1);
    await byLate();
    expect([(await storedOf(HELD)).length, await letters()]).toEqual([3, 0]);
  });

  it('is not read again each minute while the same plans are held', async () => {
    const work = takingUp({ pool: signing.pool, keys: KEYS, logger, start });
    await controller.overKafka(messagesOf(...events(1, HELD)));
    await work();
    await start.look();
    expect(start.held).toEqual([HELD]);
    const asked = jest.spyOn(signing.pool, 'query');
    try {
      await work();
      expect(asked).not.toHaveBeenCalled();
    } finally {
      asked.mockRestore();
    }
    await release();
    await work();
    expect([(await storedOf(HELD)).length, await letters()]).toEqual([3, 0]);
  });

  it('is stored also when it is kept a moment after its plan went on', async () => {
    const work = takingUp({ pool: signing.pool, keys: KEYS, logger, start });
    await work();
    await release();
    await work();
    // A delivery that had looked before knows nothing of it.
    await keepHeld(signing.pool, messagesOf(...events(1, HELD)));
    await work();
    expect([(await storedOf(HELD)).length, await letters()]).toEqual([3, 0]);
  });

  it('is told to its producer as held, and a replica that has not compared yet says nothing of it', async () => {
    const question = { producer: CLAIMS_PRODUCER, first: 1, last: 1 };
    const signer = signerOf('claims-service');
    const signed = `${signer.kid} ${signer.sign(questionStatement(question))}`;
    const early = signing.startCheck(() => Promise.resolve({ checkpoints: signing.published, restores: [] }));
    const means = { pool: signing.pool, keys: KEYS, logger };
    const asked = new EventsController({ ...means, start: early });
    expect(await asked.missing(question, signed)).not.toHaveProperty('held');
    await early.look();
    expect(await asked.missing(question, signed)).toHaveProperty('held', [HELD]);
    const alone = new EventsController({ ...means, start: undefined });
    expect(await alone.missing(question, signed)).toHaveProperty('held', []);
  });

  it('waits once more when it comes once more, because the trail may have lost it since', async () => {
    const before = await storedOf(HELD);
    const messages = messagesOf(...events(1, HELD));
    await controller.overKafka(messages);
    await release();
    await takeUpNow();
    expect([(await storedOf(HELD)).length, await letters()]).toEqual([before.length + 1, 0]);
    await operators.putBack(1);
    await (await restarted()).overKafka(messages);
    expect([(await storedOf(HELD)).length, await letters()]).toEqual([1, 1]);
  });

  it('is a dead letter as any other when nobody signed it, and does not wait for the plan', async () => {
    const [batch] = messagesOf(...events(1, HELD));
    const [other] = messagesOf(...events(1, HELD));
    if (!batch || !other) throw new Error('no batch');
    const forged = { ...batch, signature: other.signature };
    const [letter] = await controller.overKafka([forged, { ...batch, key: 'lakeside/0' }]);
    expect(letter).toMatchObject({ reason: 'the signature does not verify' });
    expect(await letters()).toBe(2);
    await release();
    expect([await takeUpNow(), (await storedOf(HELD)).length, await letters()]).toEqual([[], 2, 2]);
    // The alarm about the key of another stays in this service's outbox.
    await world.admin.query('DELETE FROM outbox');
  });
});
