/** Messages of a partition that waited, and are stored together. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventBatch, laneOf, partitionKey, recordOf, signBatches } from '@patient-access/events';
import { type Delivered, EventsController } from '../../src/delivery/events.controller.ts';
import { accessEvent, CLAIMS_PRODUCER, signerOf, startWorld, type World } from '../world.ts';

const MEMBERS = Array.from({ length: 24 }, (_, at) => `member-${at}`);

describe('messages that are stored together', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());
  beforeEach(() => world.empty());

  /** A delivery: a message for each event, as a relay sends them. */
  const delivery = (events: readonly ReturnType<typeof accessEvent>[], producer = CLAIMS_PRODUCER) => {
    const unsigned = events.map((event, at) => ({
      producer,
      tenant: event.tenant,
      lane: laneOf(event),
      records: [{ sequence: at + 1, text: recordOf(event) }],
    }));
    return signBatches(signerOf('claims-service'), unsigned).map((batch): EventBatch => ({
      ...batch,
      key: partitionKey(batch),
    }));
  };
  const store = (...messages: Delivered[]) => world.app.get(EventsController).overKafka(messages);

  it('take one call for each plan and producer, however many lanes they are of', async () => {
    const of = (tenant: string) => MEMBERS.map((member) => accessEvent({ tenant, member }));
    await store(...delivery([...of('northwind'), ...of('lakeside')]));
    const { rows } = await world.admin.query<{ calls: string; batches: string }>(
      'SELECT count(DISTINCT xmin::text) AS calls, count(*) AS batches FROM trail.batch',
    );
    expect(rows).toEqual([{ calls: '2', batches: '48' }]);
  });

  it('are stored but for those that cannot be, whatever stands between them, and once if all come again', async () => {
    const events = [
      ...MEMBERS.slice(0, 3).map((member) => accessEvent({ member })),
      // A year that is none in Postgres.
      accessEvent({ member: 'early', recorded: '0000-01-01T10:00:00.000Z' }),
    ];
    const [first, second, third, early] = delivery(events) as [
      EventBatch,
      EventBatch,
      EventBatch,
      EventBatch,
    ];
    const forged = { ...second, signature: first.signature };
    const messages = [{ unreadable: 'poison' }, first, early, forged, third, first];
    for (let sent = 0; sent < 2; sent += 1) {
      const letters = await store(...messages);
      expect(letters.map(({ reason }) => reason).sort()).toEqual([
        expect.stringContaining('4: '),
        'not a batch',
        'the signature does not verify',
      ]);
    }
    const { rows } = await world.admin.query<{ member: string }>(
      'SELECT member FROM trail.audit_event ORDER BY member',
    );
    expect(rows.map(({ member }) => member)).toEqual(['member-0', 'member-2']);
    await store(second);
    expect((await world.admin.query('SELECT FROM trail.audit_event')).rowCount).toBe(3);
  });
});
