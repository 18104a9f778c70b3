/** A batch whose key is of somebody else than what was signed (security case T06). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AccessEvent, laneOf, LANES, partitionKey, recordOf, signBatch } from '@patient-access/events';
import { EventsController } from '../../src/delivery/events.controller.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import {
  accessEvent,
  asMember,
  eventsIn,
  CLAIMS_PRODUCER,
  signerOf,
  startWorld,
  type World,
} from '../world.ts';

const LANE = laneOf(accessEvent());

describe('a batch under the key of another', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());
  beforeEach(() => world.empty());

  const message = (event: AccessEvent, key?: string, sequence = 7) => {
    const { tenant } = event;
    const records = [{ sequence, text: recordOf(event) }];
    const unsigned = { producer: CLAIMS_PRODUCER, tenant, lane: laneOf(event), records };
    return { ...signBatch(signerOf('claims-service'), unsigned), key: key ?? partitionKey(unsigned) };
  };
  const overKafka = async (...messages: ReturnType<typeof message>[]) => {
    await world.app.get(EventsController).overKafka(messages);
    // What the service says of it goes the way of all its events.
    const { rows } = await world.admin.query<{ body: string }>(
      `DELETE FROM outbox WHERE body LIKE '%"misdirected"%' RETURNING body`,
    );
    if (rows.length > 0) await world.deliver(rows.map(({ body }) => body));
  };
  const trailOf = async (tenant: string) =>
    eventsIn(await (await asAuditor(world, tenant))('AuditEvent?subtype=trail-misdirected'));
  const letters = async () =>
    (await world.admin.query<{ reason: string }>('SELECT reason FROM dead_letter')).rows;

  it.each([
    ['another tenant', `lakeside/${LANE}`],
    ['another lane', `northwind/${(LANE + 1) % LANES}`],
    ['nobody', ''],
  ])('of %s is a dead letter and a security event of the tenant that was signed', async (_whose, key) => {
    await overKafka(message(accessEvent(), key), message(accessEvent(), undefined, 8));
    expect(await letters()).toHaveLength(1);
    const [alarm, ...others] = await trailOf('northwind');
    expect(others).toEqual([]);
    expect(alarm).toMatchObject({ outcome: '8', outcomeDesc: 'other-key', type: { code: '110113' } });
    const query = alarm?.entity.find((entity) => entity.query)?.query ?? '';
    expect(Buffer.from(query, 'base64').toString()).toBe(`message 7 of ${CLAIMS_PRODUCER}`);
    // Whose key it was, and what was in it, is no news for this tenant, and none for its members.
    expect(JSON.stringify(alarm)).not.toMatch(/lakeside|anna|ben\b|ExplanationOfBenefit/);
    expect(await trailOf('lakeside')).toEqual([]);
    const anna = await asMember(world, 'northwind', 'anna');
    expect(eventsIn(await anna('AuditEvent'))).toHaveLength(1);
  });

  it('is one event however often it is sent, and counts until somebody has seen to it', async () => {
    const same = message(accessEvent(), `lakeside/${LANE}`);
    for (let sent = 0; sent < 3; sent += 1) await overKafka(same);
    await overKafka(same, same);
    expect([(await letters()).length, (await trailOf('northwind')).length]).toEqual([1, 1]);
    const numbers = () => world.metrics();
    expect(await numbers()).toMatch(/^audit_misdirected_messages 1$/m);
    await world.deliver(['no event']);
    expect(await numbers()).toMatch(/^audit_misdirected_messages 1$/m);
    await world.admin.query('UPDATE dead_letter SET replayed_at = now()');
    expect(await numbers()).toMatch(/^audit_misdirected_messages 0$/m);
  });

  it('does not block other events, also when the trail cannot store its tenant', async () => {
    const good = accessEvent();
    await overKafka(message(accessEvent({ tenant: 'north\u0000wind' }), 'x/y'), message(good, undefined, 8));
    expect(await letters()).toHaveLength(1);
    expect(eventsIn(await (await asMember(world, 'northwind', 'anna'))('AuditEvent'))).toHaveLength(1);
  });
});
