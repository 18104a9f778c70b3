import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAuthorization, post, registerApp, type RegisteredApp } from '../app.ts';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { languageOf, TEXTS } from '../../src/domain/pages/language.ts';

const SPANISH_ONLY = /Iniciar sesión|¿Los datos de quién\?|Aceptar y compartir|Esto no funcionó/;
const ENGLISH_ONLY = /Log in|Whose data\?|Agree and share|This did not work/;

const langOf = ({ html }: BrowserPage) => /<html lang="(\w+)"/.exec(html)?.[1];
const linkOf = ({ html, url }: BrowserPage, language: string) =>
  new URL(
    (new RegExp(`<a href="([^"]*)" lang="${language}"`).exec(html)?.[1] ?? '').replaceAll('&amp;', '&'),
    url,
  );

describe('the language of a page', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  it('SMART 120: is Spanish at every step: login, a wrong password, choice, consent, errors', async () => {
    const browser = new Browser(world.url);
    browser.headers['accept-language'] = 'es-US,es;q=0.9,en;q=0.8';
    const login = await browser.open(startAuthorization(world, app).url);
    const wrong = await browser.logIn(login, 'paul.parent', 'wrong');
    const chooser = await browser.logIn(login, 'paul.parent', PASSWORD);
    const missing = await browser.submit(chooser, 'choose');
    const consent = await browser.submit(chooser, 'choose', (form) => form.set('member', 'cora'));
    const none = await browser.submit(consent, 'agree', (form) => form.delete('kind'));
    const forged = await browser.submit(consent, 'agree', (form) => form.set('token', 'x'));
    const gone = await browser.open(`${world.url}/auth/northwind/interaction/nothing`);
    const bad = await browser.open(startAuthorization(world, app, { client_id: 'nobody' }).url);
    const pages = [login, wrong, chooser, missing, consent, none, forged, gone, bad];
    expect(pages.map(({ status }) => status)).toEqual([200, 400, 200, 400, 200, 400, 403, 400, 400]);
    for (const page of pages) {
      expect(langOf(page)).toBe('es');
      expect(page.html).toMatch(SPANISH_ONLY);
      expect(page.html).not.toMatch(ENGLISH_ONLY);
    }
  });

  it('SMART 120: is remembered after a switch, which keeps the page and the chosen member', async () => {
    const browser = new Browser(world.url);
    const login = await browser.open(startAuthorization(world, app).url);
    const chooser = await browser.logIn(login, 'paul.parent', PASSWORD);
    const consent = await browser.submit(chooser, 'choose', (form) => form.set('member', 'cora'));
    expect([langOf(login), langOf(consent)]).toEqual(['en', 'en']);
    const spanish = await browser.submit(consent, '', (form) => form.set('lang', 'es'));
    expect(spanish.html).toMatch(/Cora Okafor[^]*su hijo o hija[^]*Aceptar y compartir/);
    expect(spanish.headers.getSetCookie()).toEqual([
      'northwind-language=es; Path=/auth/northwind/; HttpOnly; SameSite=Lax',
    ]);
    // Another app's request in the same browser, which asks for English.
    const next = await browser.open(startAuthorization(world, app, { ui_locales: 'en' }).url);
    expect(langOf(next)).toBe('es');
    const answer = await browser.submit(spanish, 'agree');
    expect(answer.headers.get('location')).toMatch(/[?&]code=/);
    const back = await browser.submit(next, '', (form) => form.set('lang', 'en'));
    expect(langOf(back)).toBe('en');
    expect(langOf(await browser.open(startAuthorization(world, app).url))).toBe('en');
  });

  it('keeps the name that was typed at the login, and no password, whether the login exists or not', async () => {
    for (const typed of ['maria.many', 'nobody.here', '"><script>']) {
      const browser = new Browser(world.url);
      const login = await browser.open(startAuthorization(world, app).url);
      const spanish = await browser.submit(login, '', (form) => {
        for (const [name, value] of Object.entries({ lang: 'es', login: typed, password: PASSWORD }))
          form.set(name, value);
      });
      expect([spanish.status, langOf(spanish)]).toEqual([200, 'es']);
      expect(
        spanish.html.replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<'),
      ).toContain(`value="${typed}"`);
      expect(spanish.html).not.toContain(PASSWORD);
      expect(spanish.html).not.toContain('<script');
      const { rows } = await world.db.query('SELECT payload FROM oidc_record');
      expect(JSON.stringify(rows)).not.toContain(PASSWORD);
    }
  });

  it('is logged in with by the Enter key, also when it is pressed twice', async () => {
    const browser = new Browser(world.url);
    Object.assign(browser.headers, { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' });
    const login = await browser.open(startAuthorization(world, app).url);
    const form = hiddenFields(login);
    const typed = { enter: 'press-login', login: 'maria.many', password: PASSWORD };
    for (const [name, value] of Object.entries(typed)) form.set(name, value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const enter = () => browser.open(login.url, { method: 'POST', body: form.toString(), headers });
    expect([(await enter()).html, (await enter()).html]).toEqual([
      expect.stringContaining('Agree and share'),
      expect.stringContaining('Agree and share'),
    ]);
  });

  it('SMART 120: follows the app’s ui_locales before the browser’s languages, on error pages too', async () => {
    const browser = new Browser(world.url);
    browser.headers['accept-language'] = 'en-US';
    expect(
      langOf(await browser.open(startAuthorization(world, app, { ui_locales: 'fr es-MX en' }).url)),
    ).toBe('es');
    const error = await browser.open(
      startAuthorization(world, app, { ui_locales: 'es', redirect_uri: 'https://evil.example/' }).url,
    );
    expect([error.status, langOf(error)]).toEqual([400, 'es']);
    const again = linkOf(error, 'en');
    expect(again.searchParams.get('redirect_uri')).toBe('https://evil.example/');
    const english = await browser.open(again.href);
    expect([english.status, langOf(english)]).toEqual([400, 'en']);
  });

  it('is listed in OpenID discovery', async () => {
    const response = await fetch(`${tenantOf(world).issuer}/.well-known/openid-configuration`);
    expect(((await response.json()) as Record<string, unknown>)['ui_locales_supported']).toEqual([
      'en-US',
      'es-US',
    ]);
  });

  it('ignores an invalid value of lang', async () => {
    const browser = new Browser(world.url);
    const page = await browser.open(startAuthorization(world, app).url);
    for (const lang of ['"><script>', '__proto__', 'es\r\nSet-Cookie: x=y', 'x'.repeat(3_000)]) {
      const answer = await browser.request(`${page.url}?lang=${encodeURIComponent(lang)}&x="<script>`);
      expect([answer.status, langOf(answer)]).toEqual([200, 'en']);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.html).not.toContain('<script');
    }
    const forged = { 'accept-language': `${'es;q=,'.repeat(1_000)}`, cookie: 'northwind-language=__proto__' };
    expect((await post(page.url, 'token=x&language=constructor', forged)).status).toBe(400);
  });
});

describe('the choice of a language', () => {
  const of = (acceptLanguage?: string, more: object = {}) =>
    languageOf({ tenant: 't', query: new URLSearchParams(), cookie: undefined, acceptLanguage, ...more });

  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['es', 'es'],
    ['ES-419', 'es'],
    ['fr, es;q=0.5', 'es'],
    ['en;q=0.5, es', 'es'],
    ['es;q=0.5, en;q=0.7', 'en'],
    ['es;q=0, en', 'en'],
    ['es;q=zero', 'en'],
    ['est, *', 'en'],
  ])('takes %p in Accept-Language as %s', (header, language) => {
    expect(of(header)).toBe(language);
  });

  it('prefers what the member says to what the browser says', () => {
    const [es, en] = [new URLSearchParams('lang=es'), new URLSearchParams('lang=en')];
    const cookie = 'a=b; t-language=es; other-language=en';
    expect(of('en', { cookie })).toBe('es');
    expect(of('en', { cookie: 'other-language=es' })).toBe('en');
    expect(of('en', { cookie, query: en })).toBe('en');
    expect(of('en', { query: es, posted: 'en' })).toBe('en');
    expect(of('en', { uiLocales: 'de es' })).toBe('es');
    expect(of('en', { uiLocales: 'en', cookie })).toBe('es');
  });

  /** Counts groups of vowels as syllables. This is rough, but the same for every text. */
  const syllables = (word: string) =>
    Math.max(1, word.replace(/e$/, '').match(/[aeiouyáéíóúü]+/gi)?.length ?? 1);

  function count(language: 'en' | 'es') {
    const texts: string[] = [];
    JSON.stringify(TEXTS[language].consent, (_key, value: unknown) => {
      const text = typeof value === 'function' ? (value as (...a: string[]) => string)('Diary', 'x') : value;
      // Only running text counts. Labels and lists of examples would make it look simpler than it is.
      if (typeof text === 'string' && text.endsWith('.')) texts.push(text);
      return text;
    });
    const sentences = texts.flatMap((text) => text.split(/[.:?]\s/)).filter(Boolean);
    const words = sentences.flatMap((sentence) => sentence.match(/[\p{L}’]+/gu) ?? []);
    const total = words.reduce((sum, word) => sum + syllables(word), 0);
    return { perSentence: words.length / sentences.length, perWord: total / words.length };
  }

  it('SMART 120: uses plain texts: about sixth grade in English, "easy" in Spanish', () => {
    const english = count('en');
    // The Flesch-Kincaid grade level.
    expect(0.39 * english.perSentence + 11.8 * english.perWord - 15.59).toBeLessThan(7);
    const spanish = count('es');
    // Szigriszt-Pazos (INFLESZ): 55 and more is normal, 65 and more is easy.
    expect(206.835 - 62.3 * spanish.perWord - spanish.perSentence).toBeGreaterThan(55);
    if (process.env['TEST_LOG_LEVEL']) console.info(english, spanish);
  });
});
