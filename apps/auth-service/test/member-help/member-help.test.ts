/** What a plan tells its members about apps (42 CFR 431.60(f) and its like). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAuthorization, openAndLogIn, registerApp } from '../app.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const HELP = /<a href="\/auth\/northwind\/help" target="_blank" rel="noopener noreferrer"/;

/** What 42 CFR 431.60(f) asks for at least, with its words in both languages. */
const REQUIRED: readonly [fact: string, english: RegExp, spanish: RegExp][] = [
  ['(1) how to protect the data oneself', /lock your phone/, /bloquee su teléfono/],
  ['(1) how to choose an app', /privacy policy that you can read/, /política de privacidad que pueda leer/],
  ['(1) secondary uses', /advertising or research/, /publicidad o investigación/],
  ['(1) how the app keeps data safe', /How does the app protect/, /¿Cómo protege la aplicación/],
  ['(2) who has to follow HIPAA', /hospitals, clinics and pharmacies/, /hospitales, clínicas y farmacias/],
  ['(2) who does not', /employers, life insurers/, /empleadores, las aseguradoras de vida/],
  ['(2) what OCR does', /\(OCR\) sees to it/, /\(OCR\) vigila/],
  ['(2) what the FTC does', /\(FTC\) watches over apps/, /\(FTC\) vigila las aplicaciones/],
  ['(2)(i) a complaint to OCR', /hhs\.gov\/ocr\/complaints/, /hhs\.gov\/ocr\/complaints/],
  ['(2)(ii) a complaint to the FTC', /reportfraud\.ftc\.gov/, /reportfraud\.ftc\.gov/],
  ['how to take access back', /press “Revoke access”/, /presione “Cancelar el permiso”/],
  ['whom to call', /number on your member card/, /número que aparece en su tarjeta/],
];

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
    const missing = REQUIRED.filter(([, en, es]) => !en.test(english.html) || !es.test(spanish.html));
    expect(missing).toEqual([]);
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
