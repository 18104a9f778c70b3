import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Router from 'oidc-provider/lib/helpers/router.js';
import { takeAllEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { type Ended, endAll, type ListedRoute, unaccounted } from './endings.ts';

const METHODS = ['get', 'post', 'put', 'delete', 'options'] as const;
const BELOW_ISSUER = '/auth/:tenant/oauth2/v1/*';

/** The routes that oidc-provider registers from now on, in its own router. */
function watchProvider(): ListedRoute[] {
  const routes: ListedRoute[] = [];
  for (const method of METHODS) {
    const register = Router.prototype[method];
    Router.prototype[method] = function (this: unknown, name: string, path: string, ...rest: unknown[]) {
      routes.push({
        method: method.toUpperCase(),
        pattern: BELOW_ISSUER,
        path: path.replace(/:\w+/, 'nothing'),
      });
      return register.call(this, name, path, ...rest);
    };
  }
  return routes;
}

describe('every route of auth-service, and every way in which a request can end', () => {
  let world: World;
  let ofProvider: ListedRoute[];
  beforeAll(async () => {
    ofProvider = watchProvider();
    world = await startWorld();
    await world.server();
    await world.db.query("UPDATE tenant SET suspended_at = now(), changed_at = now() WHERE id = 'lakeside'");
  }, 120_000);
  afterAll(() => world?.stop());

  it('leaves its event, or is counted with its reason', async () => {
    const own = world.routes
      .filter(({ url }) => url !== BELOW_ISSUER)
      .map(({ method, url }) => ({ method, pattern: url }));
    expect(own.length).toBeGreaterThan(100);
    expect(ofProvider.length).toBeGreaterThan(15);
    const routes: ListedRoute[] = [...own, ...ofProvider];
    await takeAllEvents(world);
    const ended: Ended[] = [];
    for (const route of routes) ended.push(...(await endAll(world, route)));
    await world.flush();
    const events = await takeAllEvents(world);
    expect(unaccounted(ended, events)).toEqual([]);
    for (const { kind, reason } of events)
      if (kind === 'denied-attempts' || kind === 'attempt') expect(reason).toMatch(/^[a-z0-9-]+$/);
    const statuses = new Set(ended.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 303, 400, 401, 403, 404, 405, 413, 503]));
  }, 600_000);

  it('is missed by this test when it leaves nothing (canary)', () => {
    const ended = { id: 'x', route: 'GET /forgotten', how: 'as nobody' };
    for (const status of [200, 201, 401, 403, 404, 500])
      expect(unaccounted([{ ...ended, status }], [])).toHaveLength(1);
    expect(unaccounted([{ ...ended, status: 303 }], [])).toEqual([]);
  });
});
