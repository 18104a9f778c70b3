/** A form that a developer has filled in outlives the session: the login in its place keeps it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { applyAs } from '../applications/world.ts';
import { hiddenFields, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { png } from '../logos/pictures.ts';
import { FROM } from '../mail/world.ts';
import {
  DeveloperAtBrowser,
  type DeveloperWorld,
  DEVELOPER_PASSWORD,
  startDeveloperWorld,
} from './developer.ts';

const EMAIL = 'dana@apps.example';
const REDIRECT = 'https://diary.example/callback';
const FILLED_IN = {
  client_name: 'Health Diary',
  redirect_uris: REDIRECT,
  publisher: 'Typed Before & Co.',
  method: 'client_secret_basic',
};

describe('a form that is sent after the session has ended', () => {
  let there: DeveloperWorld;
  let dana: DeveloperAtBrowser;
  beforeAll(async () => {
    there = await startDeveloperWorld();
    const applications = { open: true, contact: 'apps@plan.example' };
    await configure(there.world, { nativeApps: true, mail: { from: FROM }, applications });
    dana = new DeveloperAtBrowser(there, EMAIL);
    await dana.join();
  }, 120_000);
  afterAll(() => there?.stop());
  beforeEach(async () => {
    await there.world.db.query('TRUNCATE throttle');
    await dana.logIn();
  });

  const count = async (table: 'client' | 'application'): Promise<unknown> =>
    (await there.world.db.query(`SELECT count(*)::int AS n FROM ${table}`)).rows;
  const endSession = () => there.world.db.query('DELETE FROM developer_session');
  const logInHere = (page: BrowserPage, password = DEVELOPER_PASSWORD) =>
    dana.fill(page, 'login', { email: EMAIL, password });
  const shows = (page: BrowserPage) => ({
    status: page.status,
    says: page.html.includes('This form is as you filled it in, and it is not sent yet.'),
    publisher: hiddenFields(page).get('publisher'),
    method: hiddenFields(page).get('method'),
  });

  it('is shown as it was after the login, also after a wrong password, and can be sent then', async () => {
    const form = await dana.open('/new');
    await endSession();
    const before = await count('client');
    const asked = await dana.fill(form, 'register', FILLED_IN);
    expect([asked.status, asked.html.includes('so the form was not sent')]).toEqual([401, true]);
    expect(asked.html).not.toContain('Typed');
    const wrong = await logInHere(asked, 'not the password');
    expect([wrong.status, wrong.html.includes('do not fit together')]).toEqual([401, true]);
    await takeEvents(there.world);
    const shown = await logInHere(wrong);
    expect(shows(shown)).toEqual({
      status: 200,
      says: true,
      publisher: FILLED_IN.publisher,
      method: 'client_secret_basic',
    });
    expect(shown.html).toContain(`>\n${REDIRECT}</textarea>`);
    expect(await takeEvents(there.world)).toMatchObject([{ action: 'developer-login' }]);
    expect(await count('client')).toEqual(before);
    const sent = await dana.fill(shown, 'register', { redirect_uris: REDIRECT });
    expect([sent.status, sent.html.includes('Your app is registered')]).toEqual([200, true]);
  });

  it('is kept of a change of an app, and of an application and its change', async () => {
    const { id } = await dana.register();
    const words = { publisher: 'Typed Before', redirect_uris: REDIRECT };
    for (const [path, action] of [
      [`/apps/${id}`, 'save'],
      ['/apply', 'submit'],
    ] as const) {
      const form = await dana.open(path);
      await endSession();
      const shown = await logInHere(await dana.fill(form, action, words));
      expect([path, shows(shown)]).toMatchObject([
        path,
        { status: 200, says: true, publisher: 'Typed Before' },
      ]);
    }
  });

  it('is kept with the box that takes the logo away', async () => {
    const { id } = await dana.register();
    const form = await dana.sendFile(await dana.open(`/apps/${id}`), 'save', png());
    expect(hiddenFields(form).has('no_logo')).toBe(false);
    await endSession();
    const kept = { no_logo: 'yes', redirect_uris: REDIRECT };
    const shown = await logInHere(await dana.fill(form, 'save', kept));
    expect([shows(shown).says, hiddenFields(shown).get('no_logo')]).toEqual([true, 'yes']);
  });

  it('is not said to be with the plan, where it was sent before and is filled in again', async () => {
    const id = await applyAs(dana);
    const sent = await dana.open(`/applications/${id}?done=submit`);
    expect(sent.html).toContain('The application is with the plan.');
    await endSession();
    const shown = await logInHere(await dana.fill(sent, 'submit', { publisher: 'Typed Before' }));
    expect(shows(shown)).toMatchObject({ status: 200, says: true, publisher: 'Typed Before' });
    expect(shown.html).not.toContain('The application is with the plan.');
  });

  it('is kept when somebody has logged in meanwhile in another window', async () => {
    const form = await dana.open('/new');
    await endSession();
    const asked = await dana.fill(form, 'register', FILLED_IN);
    await dana.logIn();
    expect(shows(await logInHere(asked))).toMatchObject({ status: 200, says: true });
  });

  it('opens at its own page alone, and with no other text in its place', async () => {
    const form = await dana.open('/new');
    await endSession();
    const asked = await dana.fill(form, 'register', FILLED_IN);
    const elsewhere = await dana.fill(
      asked,
      'login',
      { email: EMAIL, password: DEVELOPER_PASSWORD },
      dana.path('/apply'),
    );
    expect([elsewhere.url, shows(elsewhere).publisher]).toEqual([dana.path('/login'), null]);
    const kept = hiddenFields(asked).get('kept') ?? '';
    const forged = await dana.fill(asked, 'login', {
      email: EMAIL,
      password: DEVELOPER_PASSWORD,
      kept: `${kept.slice(0, -4)}AAAA`,
    });
    expect([forged.url, shows(forged).publisher]).toEqual([dana.path('/login'), null]);
  });

  it('is not kept where nothing was filled in, or more than any form of ours has', async () => {
    const { id } = await dana.register();
    const app = await dana.open(`/apps/${id}`);
    const form = await dana.open('/new');
    await endSession();
    const rotated = await dana.fill(app, 'rotate');
    expect(rotated.url).toBe(dana.path('/login'));
    const large = await dana.fill(form, 'register', { ...FILLED_IN, jwks: 'x'.repeat(40_000) });
    expect(large.url).toBe(dana.path('/login'));
  });

  it('of an application does not say that it comes before members, where anybody may register', async () => {
    const { html } = await dana.open('/apply');
    expect(html).toContain('An app that you only register works without that.');
    expect(html).not.toContain('before its members can use it');
  });
});
