import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { auditEventId } from '../../src/audit-event.ts';
import { asMember, asLines, eventsIn, accessEvent, startWorld, type World } from '../world.ts';

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
    expect(found).toMatchObject({ id: auditEventId(event), meta: { versionId: '1' } });
    expect(JSON.parse((await anna(`AuditEvent/${found?.id}`)).text)).toEqual(found);
  });

  it('of an event that is stored already changes nothing, in the same batch or a later one', async () => {
    const event = accessEvent();
    await world.deliver(asLines(event, event));
    const first = await world.admin.query('SELECT * FROM resource');
    await world.deliver(asLines(accessEvent(), event, { ...event, outcome: '4' }));
    const same = await world.admin.query('SELECT * FROM resource WHERE id = $1', [auditEventId(event)]);
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

  it('keeps messages that are no event as dead letters, and stores the rest', async () => {
    const bad = ['{', '{"kind":"rest"}', JSON.stringify({ ...accessEvent(), diagnosis: 'E11' })];
    const [good = '', other = ''] = asLines(accessEvent(), accessEvent());
    expect((await world.deliver([good, ...bad, other])).status).toBe(204);
    expect(await count('resource')).toBe(2);
    expect((await deadLetters()).map(({ body }) => body)).toEqual(bad);
    for (const { reason } of await deadLetters()) expect(reason).not.toBe('');
  });

  it.each([
    ['an event with NUL in a text', JSON.stringify(accessEvent({ client: { id: 'app\u0000' } }))],
    ['an event with NUL in the member', JSON.stringify(accessEvent({ member: 'a\u0000' }))],
    ['half a character', JSON.stringify(accessEvent({ client: { id: 'app\ud83d' } }))],
    ['a raw NUL', '{"kind":\u0000}'],
  ])('with %s does not block other events', async (_what, poison) => {
    const good = accessEvent();
    expect((await world.deliver([poison, ...asLines(good)])).status).toBe(204);
    const { rows } = await world.admin.query<{ id: string }>('SELECT id FROM resource');
    expect(rows.map(({ id }) => id)).toContain(auditEventId(good));
    expect(rows.length + (await deadLetters()).length).toBe(2);
  });

  it('stores its whole batch or nothing', async () => {
    await world.admin.query('REVOKE INSERT ON dead_letter FROM audit_ingest');
    const { status } = await world.deliver([...asLines(accessEvent(), accessEvent()), '{']);
    await world.admin.query('GRANT INSERT ON dead_letter TO audit_ingest');
    expect(status).toBeGreaterThanOrEqual(500);
    expect([await count('resource'), await count('dead_letter')]).toEqual([0, 0]);
  });

  it.each([
    ['no secret', { authorization: '' }],
    ['a wrong secret', { authorization: 'Bearer wrong-secret-of-the-tests' }],
    ['half of the secret', { authorization: 'Bearer event-secret' }],
    ['another scheme', { authorization: 'Basic event-secret-of-the-tests' }],
  ])('with %s is refused', async (_what, headers) => {
    expect((await world.deliver(asLines(accessEvent()), headers)).status).toBe(401);
    expect(await count('resource')).toBe(0);
  });

  it('with a member’s token instead of the secret is refused', async () => {
    const token = await world.issuer.sign(
      world.issuer.claims('northwind', 'anna', { scope: 'patient/*.cruds' }),
    );
    expect((await world.deliver(asLines(accessEvent()), { authorization: `Bearer ${token}` })).status).toBe(
      401,
    );
  });

  it('has to be a POST, and may be empty', async () => {
    expect((await world.deliver([])).status).toBe(204);
    const headers = { authorization: 'Bearer event-secret-of-the-tests' };
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await ask(world.url, '/internal/access-events', { method, headers })).status).toBe(401);
  });
});
