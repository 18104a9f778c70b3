import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { startAuthorization } from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeEvents } from '../events.ts';
import {
  federation,
  type FederatedWorld,
  identityProviderLink,
  leaveAndLogIn,
  locationOf,
  logInAtIdp,
  startFederatedWorld,
} from './world.ts';

const CONSENT = 'Share data with';

describe('what a plan asks of a login at its identity provider', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());
  afterEach(async () => {
    all.idp.tamper = undefined;
    await takeEvents(all.world);
  });

  const plan = (more: object, others: object = {}) =>
    configure(all.world, { ...others, federation: { ...federation(all.idp), ...more } });
  /** The id_token has these claims too. */
  const tell = (more: (asked: URLSearchParams) => object) => {
    all.idp.tamper = async (told) => {
      const claims = jose.decodeJwt(told['id_token'] as string);
      return {
        ...told,
        id_token: await all.idp.sign({ ...claims, ...more(all.idp.asked.at(-1) ?? new URLSearchParams()) }),
      };
    };
  };
  const lastAsked = () => Object.fromEntries(all.idp.asked.at(-1) ?? []);

  describe('its strength', () => {
    /** Like a provider where somebody is logged in with a password: it asks for more when it is asked to. */
    const strongWhenAsked = (asked: URLSearchParams) =>
      asked.get('prompt') === 'login'
        ? { acr: 'gold', amr: ['pwd', 'otp'] }
        : { acr: 'bronze', amr: ['pwd'] };

    /** @returns the page after the second visit to the provider, if there was one */
    async function logInTwice(): Promise<string> {
      const { browser, page } = await logInAtIdp(all, 'u-frida');
      if (page.status !== 303) return page.html;
      const back = locationOf(await new Browser(all.idp.issuer).open(locationOf(page)));
      return (await browser.open(back)).html;
    }

    it.each<[string, object]>([
      ['acr', { require: { acr: 'gold' } }],
      ['one of several acr', { require: { acr: ['platinum', 'gold'] } }],
      ['an entry of amr', { require: { amr: 'otp' } }],
    ])('is asked for, and a login that is too weak leads to a new one there: %s', async (_name, settings) => {
      await plan(settings);
      tell(strongWhenAsked);
      const before = all.idp.asked.length;
      expect(await logInTwice()).toContain(CONSENT);
      expect(all.idp.asked.length - before).toBe(2);
      expect(lastAsked()).toMatchObject({ prompt: 'login' });
      const { acr } = { acr: '', ...(settings as { require: { acr?: string | string[] } }).require };
      expect(lastAsked()['acr_values']).toBe(acr === '' ? undefined : [acr].flat().join(' '));
    });

    it('is asked for once: a provider that cannot do it leads to a page that says so', async () => {
      await plan({ require: { acr: 'gold' } });
      tell(() => ({ acr: 'bronze' }));
      const before = all.idp.asked.length;
      expect(await logInTwice()).toContain('asks for one more step');
      expect(all.idp.asked.length - before).toBe(2);
    });

    it('is not what is missing when another claim is: nobody is sent there again', async () => {
      await plan({ require: { acr: 'gold', status: 'active' } });
      tell(() => ({ acr: 'bronze' }));
      const before = all.idp.asked.length;
      expect(await logInTwice()).toContain('does not allow this login');
      expect(all.idp.asked.length - before).toBe(1);
    });

    it('passes acr_values of the app on, and our own class as what the plan names for it', async () => {
      await plan({ secondFactor: { acr: ['gold'], amr: ['otp'] } });
      await leaveAndLogIn(all, 'u-frida', {
        acr_values: 'silver urn:payer-patient-access:acr:second-factor',
      });
      expect(lastAsked()['acr_values']).toBe('gold silver');
    });

    it('has to be a second factor where every login of the plan needs one', async () => {
      await plan({ secondFactor: { amr: ['otp', 'hwk'] } }, { secondFactor: 'required' });
      tell(strongWhenAsked);
      expect(await logInTwice()).toContain(CONSENT);
      tell(() => ({ amr: ['pwd'] }));
      expect(await logInTwice()).toContain('asks for one more step');
    });

    it('is the plan’s own: nobody who used a second factor there is offered one here, or asked for a password', async () => {
      await plan({ secondFactor: { amr: ['otp'] } });
      tell(() => ({ amr: ['pwd', 'otp'] }));
      const { browser } = await logInAtIdp(all, 'u-frida');
      const opened = async (page: string) => browser.open(`${all.world.url}/auth/northwind/${page}`);
      const { html: security } = await opened('security');
      expect(security).toContain('You log in at your plan’s own site');
      expect(security).not.toMatch(/id="(password|second-step)"/);
      expect((await opened('security/second-step')).html).toContain('own site');
      expect((await opened('email')).html).toContain('Your plan keeps the email address of this login');
    });

    it('is the plan’s own for a login that had a password, too, as long as nobody logs in with one', async () => {
      const rules = { secondFactor: { amr: ['otp'] }, keepPasswordLogins: true };
      await plan(rules, { passwordLogin: false });
      tell(() => ({ amr: ['pwd', 'otp'] }));
      await loadMembers(
        all.world,
        '{"number":"M-61","patients":[{"id":"maria","relationship":"self","name":"Maria Castellan"}]}',
      );
      all.idp.people.set('u-maria', { member_number: 'M-61' });
      const { browser } = await logInAtIdp(all, 'u-maria');
      const opened = async (page: string) => browser.open(`${all.world.url}/auth/northwind/${page}`);
      const kept = await opened('security');
      expect(wordsOf(kept)).toContain('Logged in as maria.many');
      expect(kept.html).toContain('You log in at your plan’s own site');
      expect(kept.html).not.toMatch(/id="(password|second-step)"/);
      expect((await opened('security/second-step')).html).toContain('own site');
      expect((await opened('email')).html).toContain('Your plan keeps the email address of this login');
      await plan(rules, { passwordLogin: true });
      expect((await opened('security')).html).toContain('id="second-step"');
    });
  });

  describe('its claims', () => {
    const number = async (settings: object, claims: object) => {
      await plan(settings);
      tell(() => ({ member_number: undefined, ...claims }));
      const { page } = await logInAtIdp(all, 'u-frida');
      return page.html.includes(CONSENT);
    };

    it('may be within others, in a list of one, without their zeros, or in another case', async () => {
      const patients = [{ id: 'frida', relationship: 'self', name: 'Frida Lund' }];
      await loadMembers(all.world, JSON.stringify({ number: '000001234', patients }));
      await all.world.db.query('TRUNCATE federated_identity');
      const nested = { memberClaim: 'plan.member.number' };
      expect(await number(nested, { plan: { member: { number: 'M-1' } } })).toBe(true);
      expect(await number(nested, { plan: { member: { number: ['M-1'] } } })).toBe(true);
      expect(await number(nested, { plan: { member: { number: ['M-1', 'M-2'] } } })).toBe(false);
      expect(await number(nested, { plan: 'M-1' })).toBe(false);
      expect(
        await number(
          { memberClaim: 'https://plan.example/number' },
          { 'https://plan.example/number': 'M-1' },
        ),
      ).toBe(true);
      expect(await number({}, { member_number: 'm-1' })).toBe(false);
      expect(await number({ memberNumber: { ignoreCase: true } }, { member_number: 'm-1' })).toBe(true);
      await all.world.db.query('TRUNCATE federated_identity');
      expect(await number({ memberNumber: { digits: 9 } }, { member_number: 1234 })).toBe(true);
      expect(await number({}, { member_number: 1234 })).toBe(false);
      await all.world.db.query('TRUNCATE federated_identity');
    });

    it('have the provider in front of the number, where a broker stands before several (O103)', async () => {
      const patients = [{ id: 'frida', relationship: 'self', name: 'Frida Lund' }];
      await loadMembers(all.world, JSON.stringify({ number: 'medicare:M-7', patients }));
      const several = { memberNumber: { providerClaim: 'idp' } };
      const from = (idp: unknown, member_number = 'M-7') => number(several, { member_number, idp });
      expect(await from('medicare')).toBe(true);
      await all.world.db.query('TRUNCATE federated_identity');
      // A login that names no provider, another one, or several opens nothing; nor does a number that names one itself.
      for (const idp of [undefined, '', 'commercial', ['medicare', 'commercial'], 'a:medicare'])
        expect(await from(idp)).toBe(false);
      expect(await from('commercial', 'medicare:M-7')).toBe(false);
      expect(await from(undefined, 'medicare:M-7')).toBe(false);
      expect(await number({}, { member_number: 'M-7', idp: 'medicare' })).toBe(false);
    });

    it('may be at the userinfo endpoint alone; what is signed counts', async () => {
      expect(await number({}, {})).toBe(false);
      expect(await number({ userinfo: true }, {})).toBe(true);
      expect(await number({ userinfo: true }, { member_number: 'M-404' })).toBe(false);
    });
  });

  describe('where a broker stands before several providers', () => {
    const choices = [
      { name: 'Commercial members', hint: { kc_idp_hint: 'commercial' } },
      { name: { en: 'Medicare members', es: 'Miembros de Medicare' }, hint: { kc_idp_hint: 'medicare' } },
    ];
    /** Presses a button, counted from 0. @returns the browser, and the address at the broker to which it is sent */
    async function press(button: number) {
      const browser = new Browser(all.world.url);
      const login = await browser.open(startAuthorization(all.world, all.app).url);
      for (const { name } of choices)
        expect(login.html).toContain(`Log in with ${typeof name === 'string' ? name : name.en}`);
      const path = new URL(identityProviderLink(login));
      expect(path.search).toBe('?choice=0');
      path.searchParams.set('choice', String(button));
      return { browser, away: locationOf(await browser.open(path.href)) };
    }
    const hintIn = (address: string) => new URL(address).searchParams.get('kc_idp_hint');

    it('has a button for each, which leads there, also when a stronger login is needed', async () => {
      await plan({ choices, require: { acr: 'gold' } });
      expect(hintIn((await press(0)).away)).toBe('commercial');
      const { browser, away } = await press(1);
      expect(hintIn(away)).toBe('medicare');
      tell(() => ({ acr: 'bronze' }));
      all.idp.person = 'u-frida';
      const callback = locationOf(await new Browser(all.idp.issuer).open(away));
      expect(hintIn(locationOf(await browser.open(callback)))).toBe('medicare');
    });

    it('shows the broker’s own page for a button that does not exist, and sets no other parameter', async () => {
      await plan({ choices });
      expect(hintIn((await press(7)).away)).toBeNull();
      const other = { name: 'Others', hint: { redirect_uri: 'https://elsewhere.example' } };
      await expect(plan({ choices: [...choices, other] })).rejects.toThrow();
    });
  });

  it('sends the language, and names the provider in it', async () => {
    await plan({ name: { en: 'the member site', es: 'el sitio para miembros' } });
    const { login } = await leaveAndLogIn(all, 'u-frida', { ui_locales: 'es' });
    expect(login.html).toContain('el sitio para miembros');
    expect(lastAsked()['ui_locales']).toMatch(/^es/);
  });

  it.each([-50, 50])('accepts a clock that differs by %i seconds, and no login of tomorrow', async (skew) => {
    await plan({});
    const now = Math.floor(Date.now() / 1000) + skew;
    tell(() => ({ iat: now, exp: now + 55, auth_time: now + 86_400 }));
    const { page } = await logInAtIdp(all, 'u-frida');
    expect(page.html).toContain(CONSENT);
    const { rows } = await all.world.db.query<{ ts: number }>(
      `SELECT (payload::json ->> 'loginTs')::float8 AS ts FROM oidc_record WHERE model = 'Session' ORDER BY 1 DESC LIMIT 1`,
    );
    expect(rows[0]?.ts).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('says to staff why it refused: who it was there, the number, what the provider said', async () => {
    await plan({});
    all.idp.people.set('u-unknown', { member_number: 'M-404' });
    const { page } = await logInAtIdp(all, 'u-unknown');
    const shown = /request number: ([\w-]{36})/.exec(page.html)?.[1];
    const events = await takeEvents(all.world);
    expect(events.find(({ kind }) => kind === 'login')).toMatchObject({
      requestId: shown,
      reason: 'unknown-member',
      outcome: '4',
      user: { iss: all.idp.issuer, sub: 'u-unknown' },
      request: 'member number: M-404',
    });
    const cancelled = await logInAtIdp(all, undefined);
    expect(cancelled.page.html).not.toContain('request number');
    expect((await takeEvents(all.world)).find(({ kind }) => kind === 'login')).toMatchObject({
      reason: 'cancelled',
    });
  });

  it('asks who it is again after a refusal about the person', async () => {
    await plan({});
    all.idp.people.set('u-unknown', { member_number: 'M-404' });
    const { browser, page } = await logInAtIdp(all, 'u-unknown');
    await browser.open(identityProviderLink(page));
    expect(
      new URL(locationOf(await browser.open(identityProviderLink(page)))).searchParams.get('prompt'),
    ).toBe('login');
  });

  it('O08: logs out nobody there whom another site leads to the pages after a log-out', async () => {
    await plan({});
    const { browser, page } = await logInAtIdp(all, 'u-frida');
    await browser.submit(page, 'deny');
    const there = `${all.world.url}/auth/northwind`;
    expect((await browser.open(`${there}/logged-out`)).headers.get('refresh')).toBeNull();
    const out = await browser.open(`${there}/federation/log-out`);
    expect([out.status, out.url]).toEqual([200, `${there}/logged-out`]);
    expect((await browser.open(`${there}/apps`)).html).toContain('name="token"');
  });

  it('logs out there too, and the next login at that browser asks who it is', async () => {
    await plan({});
    const { browser, page } = await logInAtIdp(all, 'u-frida');
    await browser.submit(page, 'deny');
    const apps = await browser.open(`${all.world.url}/auth/northwind/apps`);
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(apps.html) ?? [];
    const out = await browser.open(`${all.world.url}/auth/northwind/log-out`, {
      method: 'POST',
      body: new URLSearchParams({ token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const [, next = ''] = /url=(.+)$/.exec(out.headers.get('refresh') ?? '') ?? [];
    const there = new URL(locationOf(await browser.open(new URL(next, all.world.url).href)));
    expect(there.origin).toBe(all.idp.issuer);
    expect(jose.decodeJwt(there.searchParams.get('id_token_hint') ?? '')).toMatchObject({ sub: 'u-frida' });
    expect(there.searchParams.get('post_logout_redirect_uri')).toBe(
      `${all.world.url}/auth/northwind/logged-out`,
    );
    const back = await browser.open(`${all.world.url}/auth/northwind/logged-out`);
    expect(back.headers.get('refresh')).toBeNull();
    const login = await browser.open(startAuthorization(all.world, all.app).url);
    const away = new URL(locationOf(await browser.open(identityProviderLink(login))));
    expect(away.searchParams.get('prompt')).toBe('login');
  });
});
