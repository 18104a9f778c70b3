import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  introspect,
  startAuthorization,
  openAndLogIn,
  redirected,
  refresh,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { startWorld, type World } from '../world.ts';
import { choiceOf } from '../../src/domain/consent/choice.ts';
import { durationsFor, endOf, preselected, scopeFor } from '../../src/domain/consent/durations.ts';
import { takeSnapshot } from '../../src/domain/consent/consent-snapshot.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { readPage } from './page.ts';
import { setSettings, consentOf } from './world.ts';

const AT = new Date('2027-01-31T22:00:00Z');
const OFFLINE = { offline: true, online: false };
const WHERE_TO_END = /^You can take it back at any time, on this page: Connected apps/;
const SCOPE = 'launch/patient offline_access patient/Coverage.rs';

const offered = (asked: { offline: boolean; online: boolean }, maxDays = 397) =>
  durationsFor(asked, AT, maxDays).map((duration) => [
    duration.id,
    'until' in duration ? duration.until : duration.count,
  ]);

describe('the offered durations', () => {
  it('follow from the scopes of the app', () => {
    expect(offered({ offline: false, online: false })).toEqual([['once', 10]]);
    expect(offered({ offline: false, online: true })).toEqual([
      ['once', 10],
      ['session', 30],
    ]);
    const lasting = [
      ['once', 10],
      ['90-days', '2027-05-01T22:00:00.000Z'],
      // February has no 31st day.
      ['13-months', '2028-02-29T22:00:00.000Z'],
    ];
    expect(offered(OFFLINE)).toEqual(lasting);
    expect(offered({ offline: true, online: true })).toEqual(lasting);
    expect(preselected(durationsFor(OFFLINE, AT, 397))?.id).toBe('90-days');
  });

  it.each([
    [1, ['once', '1-days']],
    [89, ['once', '89-days']],
    [90, ['once', '90-days']],
    [91, ['once', '90-days', '91-days']],
    [393, ['once', '90-days', '393-days']],
    [394, ['once', '90-days', '13-months']],
  ])('never exceed the plan’s limit of %i days', (days, ids) => {
    expect(offered(OFFLINE, days).map(([id]) => id)).toEqual(ids);
    for (const duration of durationsFor(OFFLINE, AT, days)) {
      expect(endOf(duration, AT.getTime()) * 1000 - AT.getTime()).toBeLessThanOrEqual(days * 86_400_000);
    }
  });

  it.each([
    [0.5, ['once']],
    [40, ['once', '40-days']],
    [400, ['once', '90-days', '13-months']],
  ])('never exceed the %i days for which the data is seen', (days, ids) => {
    const endsAt = new Date(AT.getTime() + days * 86_400_000).toISOString();
    expect(durationsFor(OFFLINE, AT, 397, endsAt).map(({ id }) => id)).toEqual(ids);
  });

  it('remove the scopes for refresh tokens when the member allows the app one time', () => {
    const [once, session] = durationsFor({ offline: false, online: true }, AT, 397);
    const scope = 'openid online_access offline_access patient/Coverage.rs';
    expect(once && scopeFor(once, scope)).toBe('openid patient/Coverage.rs');
    expect(session && scopeFor(session, scope)).toBe(scope);
    expect(session && endOf(session, 0)).toBe(12 * 3_600);
  });

  it('are accepted only if they are on the page', () => {
    const occasion = { language: 'en', plan: 'P', login: 'l', hasName: true, scope: SCOPE, at: AT } as const;
    const app = { name: 'A', verified: false };
    const shown = takeSnapshot({ ...occasion, app, settings: TenantSettings.parse({ maxConsentDays: 30 }) });
    const ticks = { kinds: new Set(['coverage']), sensitive: new Set<string>() };
    for (const duration of ['90-days', '13-months', '', 'constructor', undefined]) {
      expect(choiceOf(shown, { ...ticks, duration })).toBe('duration');
    }
    expect(choiceOf(shown, { ...ticks, duration: '30-days' })).toMatchObject({ scope: SCOPE });
  });

  describe('the chosen duration', () => {
    let world: World;
    let app: RegisteredApp;
    let short: RegisteredApp;
    beforeAll(async () => {
      world = await startWorld();
      await setSettings(world, 'lakeside', { maxConsentDays: 30 });
      app = await registerVerifiedApp(world);
      short = await registerVerifiedApp(world, {}, 'lakeside');
    }, 60_000);
    afterAll(() => world?.stop());

    /** @returns the token response, and its consent */
    async function agreeTo(duration: string | undefined, scope = SCOPE, client = app, login = 'maria.many') {
      const { url, verifier } = startAuthorization(world, client, { scope });
      const [browser, page] = await openAndLogIn(world, url, login);
      const answer = await browser.submit(page, 'agree', (form) => {
        if (duration !== undefined) form.set('duration', duration);
      });
      const { body } = await exchange(world, client, redirected(answer).get('code') as string, verifier);
      const { body: claims } = await introspect(world, body['access_token'] as string, client.tenant);
      return { body, claims, page, consent: await consentOf(world, claims['grant_id'] as string) };
    }

    const expiries = async (grantId: string): Promise<Record<string, number>> => {
      const { rows } = await world.db.query<{ model: string; exp: number }>(
        `SELECT model, (payload::jsonb ->> 'exp')::int AS exp FROM oidc_record
          WHERE grant_id = $1 AND model IN ('Grant', 'RefreshToken')`,
        [grantId],
      );
      return Object.fromEntries(rows.map(({ model, exp }) => [model, exp]));
    };

    it.each([
      [undefined, 90 * 86_400, 90 * 86_400],
      // From the 31st of January to the 28th of February, and over a leap day from July to August.
      ['13-months', 393 * 86_400, 397 * 86_400],
    ])(
      'SMART 35: ends consent, grant and refresh tokens in the same second: %s',
      async (chosen, from, to) => {
        const { body, claims, consent } = await agreeTo(chosen);
        const seconds = consent.until.getTime() / 1000 - consent.granted_at.getTime() / 1000;
        expect(seconds).toBeGreaterThan(from - 10);
        expect(seconds).toBeLessThanOrEqual(to);
        const until = consent.until.getTime() / 1000;
        const grantId = claims['grant_id'] as string;
        expect(await expiries(grantId)).toMatchObject({ Grant: until, RefreshToken: until });
        expect(body['scope']).toBe(SCOPE);
        await refresh(world, app, body['refresh_token'] as string);
        expect(await expiries(grantId)).toMatchObject({ Grant: until, RefreshToken: until });
      },
    );

    it('SMART 35: of one time gives no refresh token, and the scope says so', async () => {
      const { body, claims, consent } = await agreeTo('once');
      expect(body['refresh_token']).toBeUndefined();
      expect([body['scope'], claims['scope'], consent.scope]).toEqual(
        Array(3).fill('launch/patient patient/Coverage.rs'),
      );
      expect(consent.until.getTime() - consent.granted_at.getTime()).toBeLessThanOrEqual(660_000);
      expect(claims['exp'] as number).toBeLessThanOrEqual(consent.until.getTime() / 1000);
    });

    it('SMART 35: can be the session or one time for an app with online_access', async () => {
      const scope = 'launch/patient online_access patient/Coverage.rs';
      const staying = await agreeTo(undefined, scope);
      expect(readPage(staying.page.html).durations.map(({ id }) => id)).toEqual(['once', 'session']);
      expect([staying.body['scope'], staying.consent.scope]).toEqual([scope, scope]);
      expect(staying.body['refresh_token']).toBeDefined();
      const once = await agreeTo('once', scope);
      expect(once.body['scope']).toBe('launch/patient patient/Coverage.rs');
      expect(once.body['refresh_token']).toBeUndefined();
    });

    it('SMART 35: is one time for an app without a scope for refresh tokens, whatever the form says', async () => {
      const { body, page } = await agreeTo('13-months', 'launch/patient patient/Coverage.rs');
      expect(readPage(page.html).durations).toEqual([]);
      expect(page.html).toContain('Only this time');
      expect(readPage(page.html).paragraphs).toContainEqual(expect.stringMatching(WHERE_TO_END));
      expect(body['refresh_token']).toBeUndefined();
    });

    it('SMART 35: has to be given once and be on the page, or nothing is granted', async () => {
      const [browser, page] = await openAndLogIn(world, startAuthorization(world, app, { scope: SCOPE }).url);
      for (const values of [[], ['once', '90-days'], ['14-months'], ['session']]) {
        const refused = await browser.submit(page, 'agree', (form) => {
          form.delete('duration');
          for (const value of values) form.append('duration', value);
        });
        expect([refused.status, readPage(refused.html).kinds[0]?.checked]).toEqual([400, true]);
        expect(refused.html).toContain('Please choose for how long.');
      }
    });

    it('SMART 35: does not exceed the limit of the plan', async () => {
      const { page, consent } = await agreeTo(undefined, SCOPE, short, 'manuel.many');
      const read = readPage(page.html);
      expect(read.durations.map(({ label }) => label)).toEqual(['Only this time', '30 days']);
      expect(read.paragraphs).toContainEqual(expect.stringMatching(WHERE_TO_END));
      expect(read.links.map(({ href }) => href)).toContain('/auth/lakeside/apps');
      expect(consent.until.getTime() - consent.granted_at.getTime()).toBeLessThanOrEqual(30 * 86_400_000);
    });

    it('is one day in the singular, at a plan that allows no longer', async () => {
      const client = await registerVerifiedApp(world, {}, 'lakeside');
      await setSettings(world, 'lakeside', { maxConsentDays: 1 });
      try {
        const { url } = startAuthorization(world, client, { scope: SCOPE });
        const [browser, page] = await openAndLogIn(world, url, 'manuel.many');
        const labels = ({ html }: typeof page) => readPage(html).durations.map(({ label }) => label);
        expect(labels(page)).toEqual(['Only this time', '1 day']);
        expect(labels(await browser.open(`${page.url}?lang=es`))).toEqual(['Solo esta vez', '1 día']);
      } finally {
        await setSettings(world, 'lakeside', { maxConsentDays: 30 });
      }
    });

    it('of one time grants nothing to an app that asks for offline_access alone', async () => {
      const [browser, page] = await openAndLogIn(
        world,
        startAuthorization(world, app, { scope: 'offline_access' }).url,
      );
      const answer = await browser.submit(page, 'agree', (form) => form.set('duration', 'once'));
      expect(redirected(answer).get('error')).toBe('invalid_scope');
    });
  });
});
