import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EndedRequest, endInEachWay, type TestedRoute, unaccountedFor } from '@patient-access/testing';
import Router from 'oidc-provider/lib/helpers/router.js';
import {
  LEADS_ON,
  maySayNobody,
  OF_NOBODY_ELSE,
  WITHOUT_EVENT,
} from '../../src/web/attempts/route-events.ts';
import { takeAllEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { BELOW_ISSUER, endingsAt, issuersRoute, ownRoute } from './endings.ts';

const METHODS = ['get', 'post', 'put', 'delete', 'options'] as const;
const TABLES = { withoutEvent: WITHOUT_EVENT, leadsOn: LEADS_ON };
const FORWARDED = { 'x-forwarded-for': '203.0.113.9' };

/** The routes of the administration that tell of persons. */
const TELL_OF_PERSONS = [
  'GET logins/:login/relations',
  'GET identities',
  'GET auditor-identities',
  'POST repairs',
  'POST repairs/confirm',
  'GET person-changes',
  'POST person-changes/:change/done',
];
/** Those that are answered with 204. */
const WITHOUT_BODY = [
  'DELETE accounts/:login/email',
  'DELETE clients/:client',
  'DELETE logins/:login/relations/:patient',
  'DELETE logins/:login/second-factor',
  'DELETE logins/:login/sessions',
  'DELETE registration-tokens/:token',
  'POST not-before',
  'POST resume',
  'POST suspend',
  'PUT accounts/:login/email',
  'PUT logins/:login/password',
  'PUT members/:number',
  'PUT people/:number',
];

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

  it('of the administration says of whom its answer tells, or has a reason why it tells of nobody else', () => {
    const routes = world.routes.filter(
      ({ method, url }) => /^\/internal\/admin\/:tenant(\/|$)/.test(url) && method !== 'HEAD',
    );
    const named = routes.map(({ method, url }) => `${method} ${url}`);
    expect(Object.keys(OF_NOBODY_ELSE).filter((each) => !named.includes(each))).toEqual([]);
    const others = routes.filter(({ method, url }) => !maySayNobody(method, url));
    expect(others.map(({ method, url }) => `${method} ${url.split(':tenant/')[1]}`).sort()).toEqual(
      [...TELL_OF_PERSONS, ...WITHOUT_BODY].sort(),
    );
    expect(maySayNobody('GET', '/internal/admin/:tenant/one-more')).toBe(false);
  });
});
