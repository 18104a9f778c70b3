import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { introspect, registerApp, type RegisteredApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { plantAccessToken } from '../plant.ts';
import { ADMIN_SECRET, startWorld, type World } from '../world.ts';

const NOT_DATE = [
  'nextTick',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
  'queueMicrotask',
  'performance',
  'hrtime',
] as const;

describe('the page at which staff end everything from before an instant', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const url = () => `${world.address}/internal/admin/not-before`;
  async function send(fields: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams({ administrator: 'ada', secret: ADMIN_SECRET, ...fields });
    const response = await fetch(url(), { method: 'POST', body, headers });
    return { status: response.status, html: await response.text() };
  }
  const isActive = async (token: string) => (await introspect(world, token)).body['active'];

  it('shows the form to anybody on the internal network, and names no plan', async () => {
    const response = await fetch(url());
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await response.text()).not.toContain('northwind');
  });

  it.each([
    ['the wrong secret', { secret: 'x'.repeat(40) }, {}, 401],
    ['no secret', { secret: '' }, {}, 401],
    ['the right secret from another site', {}, { 'sec-fetch-site': 'cross-site' }, 401],
    ['no name', { administrator: ' ' }, {}, 400],
    ['neither a plan nor all plans', { tenant: '' }, {}, 400],
    ['a plan and all plans', { everywhere: 'yes' }, {}, 400],
    ['an unknown plan', { tenant: 'nowhere' }, {}, 400],
    ['no instant', { before: 'yesterday' }, {}, 400],
    ['an instant in the future', { before: '2999-01-01T00:00:00Z' }, {}, 400],
  ])('ends nothing with %s, and does not repeat the secret', async (_, fields, headers, status) => {
    const token = await plantAccessToken(world, app, 'patient/*.rs');
    const answer = await send({ tenant: 'northwind', ...fields }, headers);
    expect([answer.status, await isActive(token)]).toEqual([status, true]);
    expect(answer.html).not.toContain(ADMIN_SECRET);
  });

  it('ends what was issued just now also where the clock of the service is behind that of its database', async () => {
    const token = await plantAccessToken(world, app, 'patient/*.rs');
    jest.useFakeTimers({ now: Date.now() - 60_000, doNotFake: [...NOT_DATE] });
    try {
      expect((await send({ tenant: 'northwind' })).status).toBe(200);
    } finally {
      jest.useRealTimers();
    }
    expect(await isActive(token)).toBe(false);
  });

  it('ends the tokens of one plan, and records who did it', async () => {
    const token = await plantAccessToken(world, app, 'patient/*.rs');
    const other = await registerApp(world, {}, 'lakeside');
    const elsewhere = await plantAccessToken(world, other, 'patient/*.rs');
    const answer = await send({ tenant: 'northwind' });
    expect([answer.status, answer.html]).toEqual([200, expect.stringContaining('have ended at: northwind.')]);
    expect(await isActive(token)).toBe(false);
    expect((await introspect(world, elsewhere, 'lakeside')).body['active']).toBe(true);
    const events = await takeEvents(world);
    expect(events.find(({ action }) => action === 'not-before-set')).toMatchObject({
      tenant: 'northwind',
      kind: 'administration',
      user: { sub: 'ada' },
    });
  });

  it('ends the tokens of all plans', async () => {
    const other = await registerApp(world, {}, 'lakeside');
    const elsewhere = await plantAccessToken(world, other, 'patient/*.rs');
    expect((await send({ everywhere: 'yes' })).status).toBe(200);
    expect((await introspect(world, elsewhere, 'lakeside')).body['active']).toBe(false);
  });
});
