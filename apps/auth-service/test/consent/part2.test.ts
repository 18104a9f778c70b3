/** 42 CFR Part 2: what the member reads before the release, and what the app and the services are told with it (§ 2.32). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PART2_STATEMENT, SENSITIVE_CATEGORIES, WHOLE_RECORD } from '@patient-access/fhir';
import { TokenClaims } from '@patient-access/smart';
import {
  exchange,
  introspectionClaims,
  openAndLogIn,
  redirected,
  refresh,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { readPage } from './page.ts';
import { consentOf, setSettings } from './world.ts';

const OWN = {
  id: 'recovery',
  labels: ['https://lakeside.example/labels|recovery'],
  part2: true,
  text: {
    en: { label: 'Recovery program', explanation: 'Records of the recovery program' },
    es: { label: 'Programa de recuperación', explanation: 'Datos del programa de recuperación' },
  },
};

describe('records under 42 CFR Part 2', () => {
  let world: World;
  let app: RegisteredApp;
  let careful: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    await setSettings(world, 'lakeside', { sensitive: { part2: [], own: [OWN] } });
    app = await registerApp(world);
    careful = await registerApp(world, { carries_redisclosure_limits: true });
  }, 60_000);
  afterAll(() => world?.stop());

  async function agree(client: RegisteredApp, categories: string[], login = 'maria.many') {
    const { url, verifier } = startAuthorization(world, client);
    const [browser, page] = await openAndLogIn(world, url, login);
    const answer = await browser.submit(page, 'agree', (form) => {
      for (const id of categories) form.append('sensitive', id);
    });
    const code = redirected(answer).get('code') as string;
    const { body } = await exchange(world, client, code, verifier);
    const found = await introspectionClaims(world, body['access_token'] as string, client.tenant);
    return { body, claims: TokenClaims.parse(found?.['token_introspection'] ?? found) };
  }

  it('are offered with the notice, and with a word about an app that does not say that it keeps it', async () => {
    const partsOf = (html: string) =>
      Object.fromEntries(readPage(html).sensitive.map(({ id, parts }) => [id, parts.join(' ')]));
    const open = (client: RegisteredApp) => openAndLogIn(world, startAuthorization(world, client).url);
    const [, page] = await open(app);
    expect(partsOf(page.html)['substance-use']).toContain(PART2_STATEMENT);
    expect(partsOf(page.html)['substance-use']).toContain('does not say that it keeps this notice');
    expect(partsOf(page.html)['mental-health']).toBe('');
    const [, other] = await open(careful);
    expect(partsOf(other.html)['substance-use']).toContain(PART2_STATEMENT);
    expect(partsOf(other.html)['substance-use']).not.toContain('does not say');
    const browser = new Browser(world.url);
    const { url } = startAuthorization(world, app, { ui_locales: 'es' });
    const spanish = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
    expect(partsOf(spanish.html)['substance-use']).toMatch(
      /este aviso en inglés: “42 CFR part 2.*no dice que guarde/,
    );
  });

  it('are not left out of the plan’s own sums, which the page says in both languages', async () => {
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(readPage(page.html).paragraphs.join(' ')).toContain('how much of your deductible is used');
    const spanish = await browser.open(`${page.url}?lang=es`);
    expect(readPage(spanish.html).paragraphs.join(' ')).toContain('cuánto ha usado de su deducible');
  });

  it('are in the token with their labels and the time of the consent, also after a refresh', async () => {
    const { claims, body } = await agree(app, ['substance-use', 'genetics']);
    const { granted_at: from, until } = await consentOf(world, claims.grant_id);
    const part2 = {
      labels: SENSITIVE_CATEGORIES['substance-use'],
      categories: ['substance-use'],
      from: from.toISOString(),
      until: until.toISOString(),
    };
    expect(claims.part2).toEqual(part2);
    const renewed = await refresh(world, app, body['refresh_token'] as string);
    const again = await introspectionClaims(world, renewed.body['access_token'] as string);
    expect(TokenClaims.parse(again?.['token_introspection'] ?? again).part2).toEqual(part2);
    expect(renewed.body['part2_notice']).toBe(body['part2_notice']);
  });

  it('are announced in the token response, and so is that the app does not say that it keeps the notice', async () => {
    expect((await agree(app, ['substance-use'])).body['part2_notice']).toBe(
      `${PART2_STATEMENT} Your registration does not say (carries_redisclosure_limits) that your app keeps this notice and its limits with the records.`,
    );
    expect((await agree(careful, ['substance-use'])).body['part2_notice']).toBe(PART2_STATEMENT);
  });

  it('are in no token and no response where the member releases other categories', async () => {
    const { claims, body } = await agree(app, ['genetics', 'mental-health']);
    expect(claims).not.toHaveProperty('part2');
    expect(body).not.toHaveProperty('part2_notice');
  });

  it('are those that the plan says, its own categories among them', async () => {
    const lakeside = await registerApp(world, {}, 'lakeside');
    const { claims } = await agree(lakeside, ['recovery', 'substance-use'], 'manuel.many');
    expect(claims.part2).toMatchObject({ labels: OWN.labels, categories: ['recovery'] });
  });

  it('a registration is answered with what it says about them', () => {
    const said = [app, careful].map(
      (client) => (client as unknown as Record<string, unknown>)['carries_redisclosure_limits'],
    );
    expect(said).toEqual([false, true]);
  });

  it('no plan can offer the label of what no app sees', () => {
    const own = [{ ...OWN, labels: [WHOLE_RECORD] }];
    expect(TenantSettings.safeParse({ sensitive: { own } }).success).toBe(false);
    expect(TenantSettings.safeParse({ sensitive: { own: [OWN] } }).success).toBe(true);
  });
});
