/** A message whose Kafka key is not the key of its signed body (security case T06). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AccessEvent, signMessage } from '@patient-access/events';
import { ask } from '@patient-access/testing';
import { EventsController } from '../../src/delivery/events.controller.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import {
  accessEvent,
  asMember,
  EVENT_SECRET,
  eventsIn,
  CLAIMS_PRODUCER,
  startWorld,
  type World,
} from '../world.ts';

describe('a misdirected message', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());
  beforeEach(() => world.empty());

  const message = (event: AccessEvent, key: string, sequence = 7) => ({
    ...signMessage(EVENT_SECRET, { producer: CLAIMS_PRODUCER, sequence, body: JSON.stringify(event) }),
    key,
  });
  const overKafka = (...messages: ReturnType<typeof message>[]) =>
    world.app.get(EventsController).overKafka(messages);
  const trailOf = async (tenant: string) =>
    eventsIn(await (await asAuditor(world, tenant))('AuditEvent?subtype=trail-misdirected'));
  const letters = async () =>
    (await world.admin.query<{ reason: string }>('SELECT reason FROM dead_letter')).rows;

  it.each([
    ['another tenant', 'lakeside/anna'],
    ['another member', 'northwind/ben'],
    ['nobody', 'northwind/'],
  ])(
    'under the key of %s is a dead letter and a security event of the signed tenant',
    async (_whose, key) => {
      await overKafka(message(accessEvent(), key), message(accessEvent(), 'northwind/anna', 8));
      expect(await letters()).toHaveLength(1);
      const [alarm, ...others] = await trailOf('northwind');
      expect(others).toEqual([]);
      expect(alarm).toMatchObject({ outcome: '8', outcomeDesc: 'other-key', type: { code: '110113' } });
      const query = alarm?.entity.find((entity) => entity.query)?.query ?? '';
      expect(Buffer.from(query, 'base64').toString()).toBe(`message 7 of ${CLAIMS_PRODUCER}`);
      // The security event must tell this tenant neither whose key was used nor what the message contained.
      expect(JSON.stringify(alarm)).not.toMatch(/lakeside|anna|ben\b|ExplanationOfBenefit/);
      expect(await trailOf('lakeside')).toEqual([]);
      const anna = await asMember(world, 'northwind', 'anna');
      expect(eventsIn(await anna('AuditEvent'))).toHaveLength(1);
    },
  );

  it('is one event however often it is sent, and counts in the metric until it is replayed', async () => {
    const same = message(accessEvent(), 'lakeside/anna');
    for (let sent = 0; sent < 3; sent += 1) await overKafka(same);
    await overKafka(same, same);
    expect([(await letters()).length, (await trailOf('northwind')).length]).toEqual([1, 1]);
    const numbers = async () => (await ask(world.url, '/metrics')).text;
    expect(await numbers()).toMatch(/^audit_misdirected_messages 1$/m);
    await world.deliver(['no event']);
    expect(await numbers()).toMatch(/^audit_misdirected_messages 1$/m);
    await world.admin.query('UPDATE dead_letter SET replayed_at = now()');
    expect(await numbers()).toMatch(/^audit_misdirected_messages 0$/m);
  });

  it('does not block other events, also when the trail cannot store its tenant', async () => {
    const good = accessEvent();
    await overKafka(
      message(accessEvent({ tenant: 'north\u0000wind' }), 'x/y'),
      message(good, 'northwind/anna', 8),
    );
    expect(await letters()).toHaveLength(1);
    expect(eventsIn(await (await asMember(world, 'northwind', 'anna'))('AuditEvent'))).toHaveLength(1);
  });
});
