import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { tries } from '@patient-access/testing';
import { digest } from '../../src/domain/keys/secrets.ts';
import {
  exchange,
  startAuthorization,
  openAndLogIn,
  redirected,
  registerApp,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { takeAllEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { letExpire, openLaunch, type Portal, registerPortal } from './portal.ts';

const SCOPE = 'launch openid fhirUser patient/Coverage.rs';
/** Each of them races for twenty launches. What a login may have stored in a quarter of an hour is enough for fifty (case O81). */
const RACERS = tries(1, 50);
const RACES = 20;
/** A race takes a quarter of a second. */
const RACE_MS = 3_000;
const AT_ONCE = 10;
const FLOOD = 75;
/** Events of one app and address in a minute. What a test sends may be in two of them. */
const OWN = 30;

describe('an app that was launched by the payer', () => {
  let world: World;
  let portal: Portal;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    portal = await registerPortal(world);
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const request = (value: string | undefined, change: Record<string, string | undefined> = {}) =>
    startAuthorization(world, app, { scope: SCOPE, launch: value, ...change });

  /** The error that the app gets when the authorization endpoint refuses at once. */
  async function refused(url: string): Promise<URLSearchParams> {
    const response = await fetch(url, { redirect: 'manual' });
    return new URL(response.headers.get('location') ?? 'https://nowhere.example').searchParams;
  }

  const recorded = (): Promise<AccessEvent[]> => takeAllEvents(world);

  /** @returns logins of people who may each see what Maria may */
  async function addRacers(): Promise<string[]> {
    const { rows } = await world.db.query<{ login: string }>(
      `WITH one AS (SELECT * FROM account WHERE tenant = 'northwind' AND login = 'maria.many'),
            made AS (INSERT INTO account (tenant, sub, login, password_hash)
                     SELECT tenant, gen_random_uuid(), 'racer.' || n, password_hash FROM one, generate_series(1, $1) n
                     RETURNING tenant, sub, login),
            members AS (INSERT INTO account_member (tenant, sub, patient, relationship, name, position)
                        SELECT tenant, sub, 'maria', 'self', login, 0 FROM made)
       SELECT login FROM made`,
      [RACERS],
    );
    return rows.map(({ login }) => login);
  }

  it('SMART 36, 46, 47: gets the member of the launch, and the member is not asked to choose', async () => {
    const { url, verifier } = request(await openLaunch(world, portal, { patient: 'cora' }));
    const [browser, page] = await openAndLogIn(world, url, 'paul.parent');
    expect(page.html).toContain('Cora Okafor');
    expect(page.html).not.toContain('value="back"');
    const again = await browser.submit(page, 'back');
    expect(again.html).toContain('Cora Okafor');
    const code = redirected(await browser.submit(again, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect(body).toMatchObject({ patient: 'cora', scope: SCOPE });
  });

  it('SMART 36: may ask for launch/patient in place of launch, and gets the member and context of the launch', async () => {
    const scope = 'launch/patient openid fhirUser patient/Coverage.rs';
    const value = await openLaunch(world, portal, { patient: 'cora', intent: 'show-claim' });
    const { url, verifier } = request(value, { scope });
    const [browser, page] = await openAndLogIn(world, url, 'paul.parent');
    expect(page.html).toContain('Cora Okafor');
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect(body).toMatchObject({ patient: 'cora', intent: 'show-claim' });
    expect(String(body['scope'])).toContain('launch/patient');
    expect((await refused(url)).get('error')).toBe('invalid_request');
  });

  it('SMART 36: is told plainly which scope is missing beside the parameter launch', async () => {
    const value = await openLaunch(world, portal);
    const answer = await refused(request(value, { scope: 'openid patient/*.rs' }).url);
    expect(answer.get('error')).toBe('invalid_request');
    expect(answer.get('error_description')).toContain(
      'launch comes without its scope. Add launch or launch/patient to scope',
    );
  });

  it('SMART 36: is refused when the login may not see that member, without a reason', async () => {
    const value = await openLaunch(world, portal, { patient: 'cora' });
    const { url, state } = request(value);
    await recorded();
    const [browser, page] = await openAndLogIn(world, url, 'maria.many');
    expect([redirected(page).get('error'), redirected(page).get('state')]).toEqual(['access_denied', state]);
    expect(page.headers.get('location')).not.toMatch(/cora/i);
    expect(page.html).not.toMatch(/cora/i);
    const again = await browser.logIn(await browser.open(request(value).url), 'maria.many', PASSWORD);
    expect(redirected(again).get('error')).toBe('access_denied');
    const events = (await recorded()).filter(({ kind }) => kind === 'launch');
    expect(events).toHaveLength(2);
    for (const event of events) {
      expect(event).toMatchObject({ action: 'refuse', outcome: '4', reason: 'launch-of-another-member' });
      expect(event.user?.sub).toBeTruthy();
      expect(JSON.stringify(event)).not.toContain('cora');
    }
  });

  it('SMART 36: lets the member of the launch log in where the browser is still logged in as somebody else', async () => {
    const [browser] = await openAndLogIn(world, request(await openLaunch(world, portal)).url, 'maria.many');
    const { url, verifier } = request(await openLaunch(world, portal, { patient: 'cora' }));
    const login = await browser.open(url);
    expect(login.html).toContain('name="password"');
    expect(login.html).not.toMatch(/maria|cora/i);
    expect(login.html).toContain('Somebody else is still logged in here.');
    const page = await browser.logIn(login, 'gina.guardian', PASSWORD);
    expect(page.html).toContain('Cora Okafor');
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    expect((await exchange(world, app, code, verifier)).body).toMatchObject({ patient: 'cora' });
    const silent = await browser.request(request(await openLaunch(world, portal), { prompt: 'none' }).url);
    expect(new URL(silent.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
  });

  it('SMART 36: may load the page again, and the launch is used up when the member agrees', async () => {
    const value = await openLaunch(world, portal);
    await recorded();
    const { url, verifier } = request(value);
    const [browser] = await openAndLogIn(world, url);
    const page = await browser.open(url);
    const again = await browser.open(page.url);
    const code = redirected(await browser.submit(again, 'agree')).get('code') as string;
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
    expect((await refused(url)).get('error')).toBe('invalid_request');
    const events = (await recorded()).filter(({ kind }) => kind === 'launch');
    expect(events).toMatchObject([
      { action: 'use', outcome: '0', member: 'maria', client: { id: app.client_id } },
      { action: 'refuse', outcome: '4', reason: 'launch-used' },
    ]);
    expect(events[0]?.grantId).toBeTruthy();
    expect(events[1]).not.toHaveProperty('member');
  });

  it('O36: is refused with a launch that is forged, has expired, or belongs to another tenant or client', async () => {
    const expired = await openLaunch(world, portal);
    await letExpire(world, expired);
    const foreign = await openLaunch(world, await registerPortal(world, {}, 'lakeside'));
    const other = await openLaunch(world, portal, { app_client_id: (await registerApp(world)).client_id });
    const live = await openLaunch(world, portal);
    const answers: Record<string, string | null>[] = [];
    for (const value of ['forged', 'x'.repeat(43), '\0', expired, foreign, other, digest(live), `${live}=`]) {
      const answer = await refused(request(value).url);
      answers.push({ error: answer.get('error'), text: answer.get('error_description') });
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.['error']).toBe('invalid_request');
    const unverified = await registerApp(world);
    const { url } = startAuthorization(world, unverified, { scope: SCOPE, launch: expired });
    expect((await new Browser(world.url).open(url)).html).toContain('open the app from there again.');
    const twice = await refused(`${request(live).url}&launch=${live}`);
    expect(twice.get('error')).toBe('invalid_request');
    expect((await refused(request(live, { prompt: 'none' }).url)).get('error')).toBe('login_required');
    const named = await openLaunch(world, portal, { app_client_id: app.client_id });
    for (const value of [live, named])
      expect((await openAndLogIn(world, request(value).url))[1].html).toContain('Agree and share');
  });

  it('O36: causes events only for launches that were opened, so guesses cannot flood the trail', async () => {
    const expired = await openLaunch(world, portal);
    await letExpire(world, expired);
    await recorded();
    await refused(request('forged').url);
    expect(await recorded()).toEqual([]);
    await refused(request(expired).url);
    expect(await recorded()).toMatchObject([{ kind: 'launch', reason: 'launch-expired' }]);
  });

  it('A16: which was opened once causes few events, however often it is refused', async () => {
    const expired = await openLaunch(world, portal);
    await letExpire(world, expired);
    await world.flush();
    await recorded();
    for (let n = 0; n < FLOOD; n += 1) await refused(request(expired).url);
    await world.flush();
    const events = (await takeAllEvents(world)).filter(({ reason }) => reason === 'launch-expired');
    expect(events.filter(({ kind }) => kind === 'launch').length).toBeLessThanOrEqual(2 * OWN);
    expect(events.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(FLOOD);
  });

  it('SMART 48: is not granted the scope launch without a launch', async () => {
    const { url, verifier } = request(undefined, { scope: 'launch launch/patient patient/Coverage.rs' });
    const [browser, page] = await openAndLogIn(world, url);
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect(body).toMatchObject({ patient: 'maria', scope: 'launch/patient patient/Coverage.rs' });
    expect((await refused(request(undefined, { scope: 'launch' }).url)).get('error')).toBe('invalid_scope');
  });

  it('uses a launch whose value is in no table, page or address of the server', async () => {
    const value = await openLaunch(world, portal);
    const browser = new Browser(world.url);
    const page = await browser.open(request(value).url);
    const consent = await browser.logIn(page, 'maria.many', PASSWORD);
    for (const { html, url } of [page, consent]) expect(html + url).not.toContain(value);
    const { rows } = await world.db.query<{ row: string }>(
      'SELECT oidc_record::text AS row FROM oidc_record',
    );
    expect(rows.map(({ row }) => row).join('\n')).not.toContain(value);
  });

  it(
    'O36: succeeds with exactly one of ten authorizations for the same launch',
    async () => {
      for (const login of await addRacers()) {
        const first = request(await openLaunch(world, portal)).url;
        const opened = await Promise.all(
          Array.from({ length: AT_ONCE }, async () => (await openAndLogIn(world, first, login))[0]),
        );
        for (let race = 0; race < RACES; race += 1) {
          const { url } = request(await openLaunch(world, portal));
          const pages = await Promise.all(opened.map((browser) => browser.open(url)));
          const answers = await Promise.all(
            opened.map((browser, index) => browser.submit(pages[index] as BrowserPage, 'agree')),
          );
          const outcomes = answers.map((page) => redirected(page).get('error') ?? 'code');
          expect(outcomes.sort()).toEqual(['code', ...Array<string>(AT_ONCE - 1).fill('invalid_request')]);
        }
      }
    },
    RACERS * RACES * RACE_MS,
  );

  it('O05: gets a code that no other client, redirect URI, tenant or verifier can redeem', async () => {
    const { url, verifier } = request(await openLaunch(world, portal));
    const [browser, page] = await openAndLogIn(world, url);
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    const other = await registerApp(world);
    const abroad = await registerApp(world, {}, 'lakeside');
    for (const [who, proof] of [
      [other, verifier],
      [abroad, verifier],
      [{ ...app, redirect_uri: `${app.redirect_uri}/` }, verifier],
      [app, 'v'.repeat(43)],
    ] as const)
      expect((await exchange(world, who, code, proof)).body['error']).toBe('invalid_grant');
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
  });
});
