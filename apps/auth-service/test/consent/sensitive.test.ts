/** Tokens include sensitive categories only if the member checked them (42 CFR Part 2; security case F52). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import { TokenClaims } from '@patient-access/smart';
import {
  exchange,
  introspect,
  startAuthorization,
  openAndLogIn,
  redirected,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { readPage } from './page.ts';
import { setSettings, consentOf } from './world.ts';

const OWN = {
  id: 'fertility',
  labels: ['https://lakeside.example/labels|fertility', 'https://lakeside.example/labels|ivf'],
  text: {
    en: { label: 'Fertility care', explanation: 'Records of <b>fertility</b> treatment' },
    es: { label: 'Tratamiento de fertilidad', explanation: 'Datos del tratamiento de fertilidad' },
  },
};

describe('sensitive data', () => {
  let world: World;
  let app: RegisteredApp;
  let lakeside: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    await setSettings(world, 'lakeside', {
      sensitive: { offered: ['substance-use', 'genetics'], own: [OWN] },
    });
    app = await registerApp(world);
    lakeside = await registerApp(world, {}, 'lakeside');
  }, 60_000);
  afterAll(() => world?.stop());

  async function agree(client: RegisteredApp, login: string, change: (form: URLSearchParams) => void) {
    const { url, verifier } = startAuthorization(world, client);
    const [browser, page] = await openAndLogIn(world, url, login);
    const answer = await browser.submit(page, 'agree', change);
    const { body } = await exchange(world, client, redirected(answer).get('code') as string, verifier);
    const { body: claims } = await introspect(world, body['access_token'] as string, client.tenant);
    return { claims, consent: await consentOf(world, claims['grant_id'] as string), body };
  }

  it('F52: is unchecked at first, and in that case not in the token', async () => {
    const [, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    const { sensitive } = readPage(page.html);
    expect(sensitive.map(({ id }) => id)).toEqual(Object.keys(SENSITIVE_CATEGORIES));
    expect(sensitive.some(({ checked }) => checked)).toBe(false);
    const { claims, consent } = await agree(app, 'maria.many', () => undefined);
    expect(claims).not.toHaveProperty('sensitive');
    expect([consent.sensitive, consent.sensitive_labels]).toEqual([[], []]);
  });

  it.each([
    ['patient/Coverage.rs', true],
    ['patient/ExplanationOfBenefit.rs patient/Patient.rs', true],
    ['patient/*.rs', true],
    ['patient/Patient.rs patient/AllergyIntolerance.rs', false],
  ])(
    'is withheld but for totals, which the page says where they are asked for: %s',
    async (scope, isSaid) => {
      const [, page] = await openAndLogIn(world, startAuthorization(world, app, { scope }).url);
      expect(readPage(page.html).sensitive).not.toEqual([]);
      expect(readPage(page.html).paragraphs.includes(TEXTS.en.consent.planSums)).toBe(isSaid);
    },
  );

  it('F52: is in the token with the labels that were checked, and the app does not learn them', async () => {
    const { claims, consent, body } = await agree(app, 'maria.many', (form) => {
      form.append('sensitive', 'genetics');
      form.append('sensitive', 'substance-use');
    });
    const labels = [...SENSITIVE_CATEGORIES['substance-use'], ...SENSITIVE_CATEGORIES.genetics];
    expect(TokenClaims.parse(claims).sensitive).toEqual(labels);
    expect(consent.sensitive).toEqual(['substance-use', 'genetics']);
    expect(JSON.stringify(body)).not.toContain('ActCode');
  });

  it('F52: follows the plan’s settings, with categories of its own in both languages', async () => {
    const browser = new Browser(world.url);
    const { url } = startAuthorization(world, lakeside, { ui_locales: 'es' });
    const page = await browser.logIn(await browser.open(url), 'manuel.many', PASSWORD);
    expect(readPage(page.html).sensitive.map(({ id, label }) => [id, label])).toEqual([
      ['substance-use', 'Tratamiento por alcohol o drogas'],
      ['genetics', 'Pruebas genéticas'],
      ['fertility', 'Tratamiento de fertilidad'],
    ]);
    const english = await browser.open(`${page.url}?lang=en`);
    expect(english.html).toContain('Records of &lt;b&gt;fertility&lt;/b&gt; treatment');
    const { claims } = await agree(lakeside, 'manuel.many', (form) => {
      for (const id of ['fertility', 'mental-health', 'constructor']) form.append('sensitive', id);
    });
    expect(claims['sensitive']).toEqual(OWN.labels);
  });

  it('F52: stays as it was granted when the plan’s list grows', async () => {
    const { claims } = await agree(app, 'maria.many', (form) => form.set('sensitive', 'violence'));
    const { sensitive_labels: labels, snapshot } = await consentOf(world, claims['grant_id'] as string);
    expect(labels).toEqual(SENSITIVE_CATEGORIES.violence);
    const stored = JSON.parse(snapshot).sensitive.find(({ id }: { id: string }) => id === 'violence');
    expect(stored.labels).toEqual(labels);
  });

  it('F52: is not offered when the app asks for no data', async () => {
    const [, page] = await openAndLogIn(
      world,
      startAuthorization(world, app, { scope: 'openid fhirUser' }).url,
    );
    expect(readPage(page.html).sensitive).toEqual([]);
  });
});

describe('the plan’s settings for sensitive categories', () => {
  it('have defaults', () => {
    expect(TenantSettings.parse({})).toMatchObject({
      maxConsentDays: 397,
      timeZone: 'America/New_York',
      sensitive: { offered: Object.keys(SENSITIVE_CATEGORIES), own: [] },
    });
  });

  it.each([
    { maxConsentDays: 0 },
    { maxConsentDays: 398 },
    { timeZone: 'Mars/Olympus' },
    { sensitive: { offered: ['everything'] } },
    { sensitive: { own: [{ ...OWN, id: 'genetics' }] } },
    { sensitive: { own: [{ ...OWN, id: 'toString()' }] } },
    { sensitive: { own: [OWN, OWN] } },
    { sensitive: { own: [{ ...OWN, labels: [] }] } },
    { sensitive: { own: [{ ...OWN, labels: ['no system'] }] } },
    { sensitive: { own: [{ ...OWN, text: { en: OWN.text.en } }] } },
  ])('are refused when they are malformed: %j', (settings) => {
    expect(TenantSettings.safeParse(settings).success).toBe(false);
  });
});
