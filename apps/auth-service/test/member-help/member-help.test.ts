/** What a plan tells its members about apps (42 CFR 431.60(f) and its like). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAuthorization, openAndLogIn, registerApp } from '../app.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const HELP = /<a href="\/auth\/northwind\/help" target="_blank" rel="noopener noreferrer"/;

describe('the page that tells members about apps', () => {
  let world: World;
  beforeAll(async () => void (world = await startWorld()), 60_000);
  afterAll(() => world?.stop());

  const open = (language: string) => {
    const browser = new Browser(world.url);
    browser.headers['accept-language'] = language;
    return browser.open(`${world.url}/auth/northwind/help`);
  };

  it('says without a login, in both languages, what the law asks a plan to say', async () => {
    const [english, spanish] = [await open('en-US'), await open('es-US')];
    expect([english.status, spanish.status]).toEqual([200, 200]);
    const topics = [
      /privacy policy/,
      /HIPAA/,
      /Federal Trade Commission \(FTC\)/,
      /Office for Civil Rights \(OCR\)/,
    ];
    for (const topic of topics) expect(english.html).toMatch(topic);
    for (const topic of [/política de privacidad/, /HIPAA/, /Oficina de Derechos Civiles \(OCR\)/])
      expect(spanish.html).toMatch(topic);
    expect(english.html).toContain('href="/auth/northwind/apps"');
    expect(english.html).not.toMatch(/<script|<img|https?:\/\//i);
    expect(english.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await new Browser(world.url).request(`${world.url}/auth/nowhere/help`)).status).toBe(404);
  });

  it('has the plan’s own words where the plan gives them, as text and in their language', async () => {
    await configure(world, { memberHelp: { en: { ask: ['Call <b>800-555-0100</b>, Monday to Friday.'] } } });
    const [english, spanish] = [await open('en-US'), await open('es-US')];
    expect(english.html).toContain('Call &lt;b&gt;800-555-0100&lt;/b&gt;, Monday to Friday.');
    expect(english.html).not.toContain('at the number on your member card');
    expect(english.html).toContain('Federal Trade Commission');
    expect(spanish.html).toContain('al número que aparece en su tarjeta de miembro');
    for (const memberHelp of [
      { en: { ask: [] } },
      { en: { more: ['x'] } },
      { fr: {} },
      { en: { law: [''] } },
    ])
      await expect(configure(world, { memberHelp })).rejects.toThrow(/memberHelp/);
    await configure(world, {});
  });

  it('is linked where a member decides about apps', async () => {
    const app = await registerApp(world);
    const login = await new Browser(world.url).open(startAuthorization(world, app).url);
    expect(login.html).toMatch(HELP);
    const [browser, consent] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(consent.html).toContain('value="agree"');
    expect(consent.html).toMatch(HELP);
    const apps = await browser.open(`${world.url}/auth/northwind/apps`);
    expect(apps.html).toMatch(HELP);
  });
});
