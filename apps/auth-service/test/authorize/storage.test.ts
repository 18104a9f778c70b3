import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { isThorough, tries } from '@patient-access/testing';
import {
  openAndLogIn,
  post,
  REDIRECT,
  registerApp,
  type RegisteredApp,
  registerVerifiedApp,
  startAuthorization,
} from '../app.ts';
import { Browser } from '../browser.ts';
import { vouchFor } from '../consent/world.ts';
import { initialToken } from '../registration/initial-token.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const FORM = 'application/x-www-form-urlencoded';
const CONFIDENTIAL = { token_endpoint_auth_method: 'client_secret_post' };
/** an address that a test uses up */
const USED_UP = '203.0.113.2';
const MIB = 1024 * 1024;
/** Once so many are refused, so are all that follow. */
const REFUSED = tries(5, 50);
/** As long as is taken. */
const STATE = 's'.repeat(4_096);
/** The long form is used up by requests with nothing but a long state, which are more. */
const LARGE = {
  state: STATE,
  ...(!isThorough && {
    nonce: 'n'.repeat(1_024),
    login_hint: 'h'.repeat(2_048),
    ui_locales: 'l'.repeat(2_048),
  }),
};
/** So many of them are taken at least. */
const TAKEN = tries(200, 400);

describe('O81: what nobody logs in for', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
    // What is stored is counted by quarters of an hour. The clock stands still, so that no test sees the count begin again.
    jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  }, 60_000);
  afterAll(() => {
    jest.restoreAllMocks();
    return world?.stop();
  });

  async function stored(): Promise<number> {
    const { rows } = await world.db.query<{ bytes: number }>(
      `SELECT coalesce(sum(octet_length(payload)), 0)::int AS bytes FROM oidc_record`,
    );
    return rows[0]?.bytes ?? 0;
  }

  const parametersOf = (change: Record<string, string>) =>
    new URL(startAuthorization(world, app, change).url).searchParams.toString();

  function send(endpoint: 'authorize' | 'par', change: Record<string, string>, address = '203.0.113.1') {
    const headers = { 'content-type': FORM, 'x-forwarded-for': address, accept: 'text/html, */*' };
    const body = parametersOf(change);
    return fetch(`${tenantOf(world).issuer}/${endpoint}`, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
    });
  }

  /** From an address of which nothing is left after the tests below. */
  async function push(client: RegisteredApp): Promise<number> {
    const form = new URL(startAuthorization(world, client, LARGE).url).searchParams;
    form.set('client_secret', client.client_secret ?? '');
    const headers = { 'content-type': FORM, 'x-forwarded-for': USED_UP };
    const init = { method: 'POST', headers, body: form };
    const answer = await fetch(`${tenantOf(world).issuer}/par`, init);
    await answer.body?.cancel();
    return answer.status;
  }

  it('O81: is refused with 60 kB of state, and nothing of it is stored', async () => {
    const before = await stored();
    const state = 'x'.repeat(60_000);
    const { status, headers } = await send('authorize', { state });
    expect([status, headers.get('location')]).toEqual([413, null]);
    const body = new URLSearchParams(parametersOf({ state }));
    const toProgram = await fetch(`${tenantOf(world).issuer}/authorize`, { method: 'POST', body });
    const { error_description: says } = (await toProgram.json()) as { error_description: string };
    expect([toProgram.status, says]).toEqual([413, expect.stringContaining('at most 16000 characters')]);
    expect((await send('par', { state })).status).toBe(400);
    expect(await stored()).toBe(before);
  });

  it.each([
    ['state', 4_097],
    ['nonce', 1_025],
    ['scope', 12_001],
    ['login_hint', 2_049],
    ['aud', 2_049],
    ['ui_locales', 2_049],
    ['acr_values', 2_049],
  ])('O81: is a page that says so where %s has %i characters, and no redirect', async (name, length) => {
    const before = await stored();
    for (const endpoint of ['authorize', 'par'] as const) {
      const answer = await send(endpoint, { [name]: 'x'.repeat(length) });
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(await answer.text()).toContain(`${name} is longer than ${length - 1} characters`);
    }
    expect(await stored()).toBe(before);
  });

  it('O81: is stored up to a limit for each address, which others do not share', async () => {
    const before = await stored();
    const statuses = new Map<number, number>();
    let last: Response | undefined;
    for (let n = 0; n < 1_200 && (statuses.get(429) ?? 0) < REFUSED; n += 1) {
      last = await send('authorize', LARGE, USED_UP);
      statuses.set(last.status, (statuses.get(last.status) ?? 0) + 1);
      await last.body?.cancel();
    }
    expect([...statuses.keys()].sort()).toEqual([303, 429]);
    expect(await stored()).toBeLessThan(before + 4 * MIB);
    expect(statuses.get(303)).toBeGreaterThan(TAKEN);
    expect(Number(last?.headers.get('retry-after'))).toBeLessThanOrEqual(900);
    // A page of a login says nothing of how far an address is.
    expect(last?.headers.get('ratelimit')).toBeNull();
    const pushed = await send('par', { state: STATE }, USED_UP);
    expect([pushed.status, await pushed.json()]).toMatchObject([429, { error: 'temporarily_unavailable' }]);
    expect(pushed.headers.get('ratelimit')).toBe(`"stored";r=0;t=${pushed.headers.get('retry-after')}`);
    const page = await (await send('authorize', { state: STATE }, USED_UP)).text();
    expect(page).toContain('Please try again');
    expect((await send('authorize', { state: STATE }, '203.0.113.3')).status).toBe(303);
  }, 120_000);

  it('O81: is stored up to a limit for each client that has authenticated, whatever address it comes from', async () => {
    const [one, other] = [
      await registerVerifiedApp(world, CONFIDENTIAL),
      await registerVerifiedApp(world, CONFIDENTIAL),
    ];
    const statuses = new Map<number, number>();
    for (let n = 0; n < 900 && (statuses.get(429) ?? 0) < REFUSED; n += 1) {
      const status = await push(one);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].sort()).toEqual([201, 429]);
    expect(await push(other)).toBe(201);
  }, 120_000);

  it('O81: counts for the address where nobody vouches for the client that has authenticated', async () => {
    const body = { client_name: 'Health Diary', redirect_uris: [REDIRECT], ...CONFIDENTIAL };
    const authorization = `Bearer ${await initialToken(world, 'northwind')}`;
    const withToken = await post(`${tenantOf(world).issuer}/register`, body, { authorization });
    const vouchedFor = { ...withToken.body, tenant: 'northwind', redirect_uri: REDIRECT } as RegisteredApp;
    expect(await push(vouchedFor)).toBe(201);
    const byAnybody = await registerApp(world, CONFIDENTIAL);
    expect(await push(byAnybody)).toBe(429);
    await vouchFor(world, byAnybody);
    expect(await push(byAnybody)).toBe(201);
  });

  it('O81: is not stored by a form in the place of what was typed or chosen, however often it is posted', async () => {
    const { url } = startAuthorization(world, app);
    const stranger = new Browser(world.url);
    const login = await stranger.open(url);
    const [member, consent] = await openAndLogIn(world, url);
    const before = await stored();
    const typed = (fields: URLSearchParams) => {
      fields.set('lang', 'es');
      for (const name of ['login', 'kind']) fields.append(name, 'x'.repeat(30_000));
    };
    expect((await stranger.submit(login, '', typed)).status).toBe(200);
    expect((await member.submit(consent, '', typed)).status).toBe(200);
    const pressed = (value: string) => (fields: URLSearchParams) => fields.set('set', `on kind ${value}`);
    expect((await member.submit(consent, '', pressed('x'.repeat(30_000)))).status).toBe(403);
    for (let n = 0; n < 80; n += 1) await member.submit(consent, '', pressed(`${n}-`.padEnd(64, 'x')));
    expect(await stored()).toBeLessThan(before + 8_192);
  });

  it('O81: is stored up to a limit for each login, whatever address it comes from', async () => {
    const launch = () => startAuthorization(world, app, LARGE).url;
    const [maria] = await openAndLogIn(world, launch());
    const [paul] = await openAndLogIn(world, launch(), 'paul.parent');
    // The address of the test before, of which nothing is left.
    for (const browser of [maria, paul]) browser.headers['x-forwarded-for'] = USED_UP;
    const before = await stored();
    const statuses = new Map<number, number>();
    for (let n = 0; n < 900 && (statuses.get(429) ?? 0) < REFUSED; n += 1) {
      const { status } = await maria.request(launch());
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].sort()).toEqual([303, 429]);
    expect(statuses.get(303)).toBeGreaterThan(TAKEN);
    expect(await stored()).toBeLessThan(before + 4 * MIB);
    expect((await paul.request(launch())).status).toBe(303);
  }, 120_000);
});
