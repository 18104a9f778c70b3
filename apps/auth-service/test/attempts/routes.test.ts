import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EndedRequest, endInEachWay, type TestedRoute, unaccountedFor } from '@patient-access/testing';
import Router from 'oidc-provider/lib/helpers/router.js';
import { LEADS_ON, WITHOUT_EVENT } from '../../src/web/attempts/route-events.ts';
import { takeAllEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { BELOW_ISSUER, endingsAt, issuersRoute, ownRoute } from './endings.ts';

const METHODS = ['get', 'post', 'put', 'delete', 'options'] as const;
const TABLES = { withoutEvent: WITHOUT_EVENT, leadsOn: LEADS_ON };
const FORWARDED = { 'x-forwarded-for': '203.0.113.9' };

/** The routes that oidc-provider registers from now on, in its own router. */
function watchProvider(): TestedRoute[] {
  const routes: TestedRoute[] = [];
  for (const method of METHODS) {
    const register = Router.prototype[method];
    Router.prototype[method] = function (this: unknown, name: string, path: string, ...rest: unknown[]) {
      routes.push(issuersRoute(method.toUpperCase(), path.replace(/:\w+/, 'nothing')));
      return register.call(this, name, path, ...rest);
    };
  }
  return routes;
}

describe('every route of auth-service, and every way in which a request can end', () => {
  let world: World;
  let ofProvider: TestedRoute[];
  beforeAll(async () => {
    ofProvider = watchProvider();
    world = await startWorld();
    await world.server();
    await world.db.query("UPDATE tenant SET suspended_at = now(), changed_at = now() WHERE id = 'lakeside'");
  }, 120_000);
  afterAll(() => world?.stop());

  it('leaves its event, or is counted with its reason', async () => {
    const own = world.routes.filter(({ url }) => url !== BELOW_ISSUER).map(ownRoute);
    expect(own.length).toBeGreaterThan(100);
    expect(ofProvider.length).toBeGreaterThan(15);
    await takeAllEvents(world);
    const ended: EndedRequest[] = [];
    for (const route of [...own, ...ofProvider])
      ended.push(...(await endInEachWay(world.address, route, endingsAt(route), FORWARDED)));
    await world.flush();
    const events = await takeAllEvents(world);
    expect(unaccountedFor(ended, events, TABLES)).toEqual([]);
    for (const { kind, reason } of events)
      if (kind === 'denied-attempts' || kind === 'attempt') expect(reason).toMatch(/^[a-z0-9-]+$/);
    const statuses = new Set(ended.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 303, 400, 401, 403, 404, 405, 413, 503]));
  }, 600_000);
});
