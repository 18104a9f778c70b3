/** Every route of the running coverage-service, and every way in which a request to it can end that can be caused from outside. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import {
  ask,
  type EndedRequest,
  type Ending,
  endInEachWay,
  STRANGERS_ENDINGS,
  type TestedRoute,
  unaccountedFor,
  waitUntil,
} from '@patient-access/testing';
import { COVERAGE_ROUTES_WITHOUT_EVENT } from '../../src/coverage.module.ts';
import { startWorld, type World } from '../world.ts';

const TABLES = { withoutEvent: COVERAGE_ROUTES_WITHOUT_EVENT };

const routeOf = ({ method, url }: { method: string; url: string }): TestedRoute => ({
  method,
  pattern: url,
  pathAt: (tenant) => url.replace(':tenant', tenant).replace('*', 'Consent'),
});

describe('every route of coverage-service, and every way in which a request can end', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  async function asMember(): Promise<Ending> {
    const claims = world.issuer.claims('northwind', 'anna', { scope: 'patient/Consent.rs' });
    return { headers: { authorization: `Bearer ${await world.issuer.sign(claims)}` } };
  }

  async function endAll(): Promise<EndedRequest[]> {
    const endings = {
      ...STRANGERS_ENDINGS,
      'as a member': await asMember(),
      'with a body that nobody signed': { body: 'a consent' },
    };
    const ended: EndedRequest[] = [];
    for (const route of world.routes.map(routeOf))
      ended.push(...(await endInEachWay(world.url, route, endings)));
    return ended;
  }

  it('leaves its event, or is counted with its reason', async () => {
    expect(world.routes.map(({ method, url }) => `${method} ${url}`)).toEqual(
      expect.arrayContaining(['POST /internal/consents', 'GET /:tenant/*']),
    );
    const ended = await endAll();
    const events: AccessEvent[] = [];
    const gaps = async () => {
      events.push(...(await world.takeEvents()));
      return unaccountedFor(ended, events, TABLES);
    };
    await waitUntil(async () => (await gaps()).length === 0).catch(() => undefined);
    expect(await gaps()).toEqual([]);
    for (const { kind, reason } of events) if (kind !== 'rest') expect(reason).toMatch(/^[a-z0-9-]+$/);
    const statuses = new Set(ended.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 405, 413, undefined]));
    // A good answer without an event is withheld by the edge, as a 500.
    expect(ended.filter(({ status = 0 }) => status >= 500)).toEqual([]);
  });

  it('is in the trail when the service cannot record it: the answer is a 503, which is counted', async () => {
    const member = await asMember();
    await world.admin.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await ask(world.url, '/northwind/Consent', member)).status).toBe(503);
    } finally {
      await world.admin.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    const events: AccessEvent[] = [];
    await waitUntil(async () => events.push(...(await world.takeEvents())) > 0);
    expect(events).toMatchObject([
      { kind: 'denied-attempts', outcome: '12', count: 1, member: 'anna', service: 'coverage-service/edge' },
    ]);
  });
});
