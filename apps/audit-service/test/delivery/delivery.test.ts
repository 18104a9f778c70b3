import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccessEvent, batchText, eventSigner, laneOf, signBatch } from '@patient-access/events';
import { ask, newEventKey } from '@patient-access/testing';
import {
  accessEvent,
  asLines,
  asMember,
  batchesOf,
  CLAIMS_PRODUCER,
  eventsIn,
  idOf,
  signerOf,
  startWorld,
  type World,
} from '../world.ts';

/** As a service writes it that does not write it as ours do. */
const written = (change: Partial<AccessEvent>) => JSON.stringify({ v: 1, ...accessEvent(change) });

describe('a delivery', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.empty());
  afterAll(() => world?.stop());

  const count = async (table: string) =>
    (await world.admin.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]
      ?.count;
  const deadLetters = async () =>
    (
      await world.admin.query<{ reason: string; body: string }>(
        'SELECT reason, body FROM dead_letter ORDER BY id',
      )
    ).rows;

  it('of an event becomes an AuditEvent that the member finds', async () => {
    const event = accessEvent();
    expect((await world.deliver(asLines(event))).status).toBe(204);
    const anna = await asMember(world, 'northwind', 'anna');
    const [found] = eventsIn(await anna('AuditEvent'));
    expect(found).toMatchObject({ id: idOf(event), meta: { versionId: '1' } });
    expect(JSON.parse((await anna(`AuditEvent/${found?.id}`)).text)).toEqual(found);
  });

  it.each([
    ['escaped', (event: AccessEvent) => asLines(event)[0] ?? ''],
    ['raw, as services wrote them before', (event: AccessEvent) => written(event)],
  ])('of an event with every kind of line end is stored as it was signed: %s', async (_how, text) => {
    const event = accessEvent({ request: 'GET Claim?x=\u2028\u2029\u0085\r\n\u{1f600}', user: undefined });
    expect((await world.deliver([text(event)])).status).toBe(204);
    expect(await deadLetters()).toEqual([]);
    const { rows } = await world.admin.query('SELECT record FROM trail.audit_event WHERE id = $1', [
      idOf(event),
    ]);
    expect(rows).toEqual([{ record: text(event) }]);
  });

  it('of an event that is stored already changes nothing, in the same batch or a later one', async () => {
    const event = accessEvent();
    await world.deliver(asLines(event, event));
    const first = await world.admin.query('SELECT * FROM resource');
    await world.deliver(asLines(accessEvent(), event, { ...event, outcome: '4' }));
    const same = await world.admin.query('SELECT * FROM resource WHERE id = $1', [idOf(event)]);
    expect(same.rows).toEqual(first.rows);
    expect(await count('resource')).toBe(2);
  });

  it('of the same events by several senders at once stores each event once', async () => {
    const events = Array.from({ length: 50 }, () => accessEvent());
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, at) =>
        world.deliver(asLines(...(at % 2 ? events : [...events].reverse()))),
      ),
    );
    // Two deliveries may lock each other's rows. Then one of them gets an error, and its sender delivers again.
    const again = answers.filter(({ status }) => status !== 204);
    for (const { status } of again) expect(status).toBeGreaterThanOrEqual(500);
    expect((await world.deliver(asLines(...events))).status).toBe(204);
    expect(await count('resource')).toBe(50);
  });

  it('of a relay’s largest batch is accepted, also with the longest requests', async () => {
    const request = `GET Claim?${'x'.repeat(4_000)}`;
    const events = Array.from({ length: 500 }, () => accessEvent({ request, scope: 's'.repeat(4_000) }));
    expect((await world.deliver(asLines(...events))).status).toBe(204);
    expect(await count('resource')).toBe(500);
  });

  it('of what is no event keeps it for a person, and stores the rest', async () => {
    const bad = ['{', '{"v":1,"kind":"rest"}', JSON.stringify({ v: 1, ...accessEvent(), diagnosis: 'E11' })];
    const [good = '', other = ''] = asLines(accessEvent(), accessEvent());
    expect((await world.deliver([good, ...bad, other])).status).toBe(204);
    expect(await count('resource')).toBe(2);
    // Of two lanes.
    const letters = await deadLetters();
    expect(letters).toHaveLength(2);
    for (const text of bad) expect(letters.some(({ body }) => body.includes(text))).toBe(true);
    for (const { reason } of letters) expect(reason).toMatch(/^\d+: ./);
  });

  it('with many records that are none is one dead letter, which names the first and how many there are', async () => {
    const records = Array.from({ length: 1_000 }, (_, at) => ({ sequence: at + 1, text: 'x'.repeat(600) }));
    const [good] = asLines(accessEvent());
    const bad = { producer: CLAIMS_PRODUCER, tenant: 'northwind', lane: laneOf(accessEvent()), records };
    const signed = signBatch(signerOf('claims-service'), {
      ...bad,
      records: [...records, { sequence: 2_000, text: good ?? '' }],
    });
    for (let sent = 0; sent < 2; sent += 1) expect((await world.send([signed])).status).toBe(204);
    const [letter, ...others] = await deadLetters();
    expect([await count('resource'), others]).toEqual([1, []]);
    expect(letter?.body).toBe(batchText(signed));
    expect(letter?.reason).toMatch(/^1: [^;]+; 2: [^;]+; 3: .*; and more, 1000 records in all$/);
    expect(letter?.reason.length).toBeLessThan(2_500);
  });

  it('with many records that no table can hold is one dead letter too', async () => {
    const early = () => accessEvent({ recorded: '0000-01-01T10:00:00.000Z' });
    const good = accessEvent();
    expect((await world.deliver(asLines(early(), early(), good, early()))).status).toBe(204);
    expect(await count('resource')).toBe(1);
    expect(await deadLetters()).toMatchObject([
      { reason: expect.stringMatching(/^\d+: .*; \d+: .*; \d+: /) },
    ]);
  });

  it.each([
    ['an event with NUL in a text', written({ client: { id: 'app\u0000' } })],
    ['an event with NUL in the member', written({ member: 'a\u0000' })],
    ['half a character', written({ client: { id: 'app\ud83d' } })],
    ['half a character that no column has', written({ request: 'GET Claim?x=\ud83d' })],
    ['a number that Postgres cannot read', written({ count: 1000 }).replace('1000', '1e3')],
    ['a raw NUL', '{"kind":\u0000}'],
  ])('with %s does not block other events', async (_what, poison) => {
    const good = accessEvent();
    expect((await world.deliver([poison, ...asLines(good)])).status).toBe(204);
    const { rows } = await world.admin.query<{ id: string }>('SELECT id FROM resource');
    expect(rows.map(({ id }) => id)).toEqual([idOf(good)]);
    expect(await deadLetters()).toHaveLength(1);
  });

  it('with more than an index can hold does not block other events', async () => {
    const label = () => `https://plan.example/labels|${randomBytes(100).toString('hex')}`;
    const released = Array.from({ length: 100 }, label);
    const good = accessEvent();
    expect((await world.deliver(asLines(accessEvent({ released }), good))).status).toBe(204);
    const { rows } = await world.admin.query<{ id: string }>('SELECT id FROM resource');
    expect(rows.map(({ id }) => id)).toEqual([idOf(good)]);
    expect(await deadLetters()).toMatchObject([{ reason: expect.stringContaining('index row') }]);
  });

  it('can be read by every query, wherever the text of a client was cut', async () => {
    const request = `POST Claim/_search?x=${'a'.repeat(3_978)}\u{1f600}`.slice(0, 4_000);
    expect(request.isWellFormed()).toBe(false);
    expect((await world.deliver(asLines(accessEvent({ request, address: '192.0.2.7' })))).status).toBe(204);
    const { rows } = await world.admin.query<{ address: string }>(
      `SELECT record::json ->> 'address' AS address FROM trail.audit_event`,
    );
    expect(rows).toEqual([{ address: '192.0.2.7' }]);
  });

  it('of a service that is taken over is stored only where the service may say so (case A26)', async () => {
    const of = { service: 'claims-service', counts: undefined, resource: undefined } as const;
    const forged = [
      accessEvent({ ...of, kind: 'consent', action: 'revoke' }),
      accessEvent({ ...of, kind: 'trail', action: 'restore' }),
      accessEvent({ ...of, kind: 'login', action: 'login' }),
      accessEvent({ ...of, kind: 'administration', action: 'client-ban' }),
      accessEvent({ service: 'auth-service', counts: { Claim: 1 } }),
    ];
    const own = accessEvent();
    expect((await world.deliver(asLines(...forged, own))).status).toBe(204);
    const { rows } = await world.admin.query<{ id: string }>('SELECT id FROM resource');
    expect(rows.map(({ id }) => id)).toEqual([idOf(own)]);
    const why = (await deadLetters()).flatMap(({ reason }) => reason.split(/;? ?\d+: /).slice(1));
    expect(why.sort()).toEqual(
      [
        'auth-service does not give away Claim',
        ...['administration', 'consent', 'login', 'trail'].map(
          (kind) => `claims-service does not record ${kind}`,
        ),
      ].sort(),
    );
    expect(await world.metrics()).toMatch(/^audit_dead_letters(?:\{.*\})? 2$/m);
  });

  it('stores its whole batch or nothing', async () => {
    await world.admin.query('REVOKE INSERT ON dead_letter FROM audit_ingest');
    const bad = JSON.stringify({ v: 1, ...accessEvent(), diagnosis: 'E11' });
    const { status } = await world.deliver([...asLines(accessEvent(), accessEvent()), bad]);
    await world.admin.query('GRANT INSERT ON dead_letter TO audit_ingest');
    expect(status).toBeGreaterThanOrEqual(500);
    expect([await count('resource'), await count('dead_letter')]).toEqual([0, 0]);
  });

  const [batch] = batchesOf(asLines(accessEvent()));
  if (!batch) throw new Error('no batch');
  const unsigned = { ...batch, records: batch.records };

  it.each([
    ['no signature', { ...batch, signature: 'none' }],
    ['another record', { ...batch, records: [{ sequence: 1, text: asLines(accessEvent())[0] ?? '' }] }],
    ['the key of another service', signBatch(signerOf('coverage-service'), unsigned)],
    ['a key of its own', signBatch(eventSigner('claims-service', newEventKey()), unsigned)],
  ])('with %s is refused, and nothing of it is stored', async (_what, forged) => {
    const [good] = batchesOf(asLines(accessEvent()));
    expect((await world.send(good ? [good, forged] : [])).status).toBe(401);
    expect([await count('resource'), await count('dead_letter')]).toEqual([0, 0]);
  });

  it('of a service that speaks for another is refused: it can speak for itself alone', async () => {
    const event = accessEvent({ service: 'auth-service', kind: 'consent', action: 'grant' });
    const [record] = asLines(event);
    const own = { ...unsigned, records: [{ sequence: 900_001, text: record ?? '' }] };
    expect((await world.send([signBatch(signerOf('claims-service'), own)])).status).toBe(204);
    expect(await count('resource')).toBe(0);
    expect((await deadLetters())[0]?.reason).toContain('another service');
  });

  it('needs no token, and gains nothing by one', async () => {
    const token = await world.issuer.sign(
      world.issuer.claims('northwind', 'anna', { scope: 'patient/*.cruds' }),
    );
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
    const body = batchText({ ...batch, signature: 'none' });
    expect((await ask(world.url, '/internal/access-events', { method: 'POST', headers, body })).status).toBe(
      401,
    );
  });

  it('is by POST alone, and of nothing is none', async () => {
    expect((await world.deliver([])).status).toBe(400);
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await ask(world.url, '/internal/access-events', { method })).status).toBe(401);
  });
});
