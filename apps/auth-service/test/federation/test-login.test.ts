import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { administer } from '../administration.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { federation, type FederatedWorld, locationOf, startFederatedWorld } from './world.ts';

describe('a test login of the plan’s staff', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());
  afterEach(() => {
    all.idp.tamper = undefined;
  });

  const settings = (more: object = {}) => ({
    nativeApps: true,
    passwordLogin: false,
    federation: { ...federation(all.idp), ...more },
  });

  async function open(): Promise<string> {
    const { status, body } = await administer(all.world, 'POST', 'northwind/test-logins');
    expect(status).toBe(201);
    return String(body['url']);
  }

  /** Leaves for the provider and logs in there. @returns the address with which the browser comes back */
  async function leave(browser: Browser, url: string, person: string | undefined): Promise<string> {
    const page = await browser.open(url);
    expect(page.html).toContain(all.idp.issuer);
    const away = locationOf(await browser.open(`${url}?start`));
    all.idp.person = person;
    return locationOf(await new Browser(all.idp.issuer).open(away));
  }

  async function test(person: string | undefined): Promise<string> {
    const browser = new Browser(all.world.url);
    const callback = await leave(browser, await open(), person);
    return (await browser.open(callback)).html;
  }

  const rows = async () =>
    (
      await all.world.db.query(`SELECT (SELECT count(*)::int FROM account) AS accounts,
                                      (SELECT count(*)::int FROM federated_identity) AS links,
                                      (SELECT count(*)::int FROM oidc_record WHERE model IN ('Session', 'Interaction')) AS sessions`)
    ).rows[0] as object;

  const tell = (claims: jose.JWTPayload) => {
    all.idp.tamper = async (told) => {
      const before = jose.decodeJwt(told['id_token'] as string);
      return { ...told, id_token: await all.idp.sign({ ...before, ...claims }) };
    };
  };

  it('shows claims, level and whose data would open, and changes nothing (O92)', async () => {
    tell({ acr: 'gold', amr: ['otp'] });
    await takeEvents(all.world);
    const before = await rows();
    const html = await test('u-omar');
    expect(html).toContain('would be let in');
    for (const shown of ['M-2', 'a new account', 'Lina Haddad (child), Patient/lina', 'acr: gold', 'otp'])
      expect(html).toContain(shown);
    expect(html).toContain('no interface that says what a person may edit');
    expect(await rows()).toEqual(before);
    const events = await takeEvents(all.world);
    expect(events.map(({ action }) => action)).toEqual(['test-login-open', 'test-login']);
    expect(events[1]).toMatchObject({ member: 'omar', outcome: '0', user: { sub: 'ada' } });
    expect(events[1]?.request).toContain('subject: u-omar; member number: M-2');
  });

  it('asks the provider with the settings that are in force, and who it is', async () => {
    await configure(all.world, settings({ require: { acr: 'gold' } }));
    const html = await test('u-omar');
    expect(Object.fromEntries(all.idp.asked.at(-1) ?? [])).toMatchObject({
      prompt: 'login',
      acr_values: 'gold',
      scope: 'openid profile',
    });
    expect(html).toContain('level-too-low');
    expect(html).toContain('NOT met');
    await configure(all.world, settings());
  });

  it('says why somebody would be refused, with the claims that came', async () => {
    all.idp.people.set('u-nobody', { member_number: 'M-404' });
    const html = await test('u-nobody');
    expect(html).toContain('would be refused: unknown-member');
    expect(html).toContain('M-404');
    expect((await takeEvents(all.world)).at(-1)).toMatchObject({ outcome: '4', reason: 'unknown-member' });
    expect(await test(undefined)).toContain('would be refused: cancelled');
  });

  it('warns where a claim that decides is one that people can edit', async () => {
    const auditors = { claim: 'profile', values: ['https://auditor.example'] };
    await configure(all.world, settings({ memberClaim: 'nickname', auditors }));
    tell({ nickname: 'M-1', profile: 'https://auditor.example' });
    const html = await test('u-omar');
    expect(html).toContain('“profile” is a standard claim');
    expect(html).toContain('Auditor, at the console: true');
    expect(html).toContain('people can edit themselves');
    expect(html).toContain('Frida Lund');
    await configure(all.world, settings());
  });

  it('is good once, for an hour, and in the browser in which it was begun (O92)', async () => {
    const url = await open();
    const browser = new Browser(all.world.url);
    const callback = await leave(browser, url, 'u-frida');
    expect((await new Browser(all.world.url).open(callback)).status).toBe(404);
    expect((await browser.open(callback)).html).toContain('Frida Lund');
    expect((await browser.open(callback)).status).toBe(404);
    expect((await browser.open(url)).status).toBe(404);
    const another = await open();
    await all.world.db.query(`UPDATE oidc_record SET expires_at = now() WHERE model = 'TestLogin'`);
    expect((await browser.open(another)).status).toBe(404);
    expect((await browser.open(`${all.world.url}/auth/northwind/federation/test/guessed`)).status).toBe(404);
  });

  it('is for administrators alone', async () => {
    const { status } = await administer(
      all.world,
      'POST',
      'northwind/test-logins',
      undefined,
      'Bearer wrong',
    );
    expect(status).toBe(401);
  });
});
