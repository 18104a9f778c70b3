import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { contextOfPlan, newAccessEvent } from '../../src/domain/audit/access-event.ts';
import { newEnrolment } from '../../src/domain/second-factor/enrolment.ts';
import { passwordPath, securityPath } from '../../src/domain/urls.ts';
import { administer } from '../administration.ts';
import { openAndLogIn, registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { authenticatorOf } from '../authenticator.ts';
import { type Browser, hiddenFields } from '../browser.ts';
import { takeEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { keptNote, openCodeStep, secondStepUrl, turnOnSecondFactor, withCode } from './second-step.ts';

const OTHER_PASSWORD = 'a quiet lemon on a bicycle';

describe('a second factor that is lost or stolen', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    await world.db.query('TRUNCATE throttle, second_factor CASCADE');
    await takeEvents(world);
  });

  const pageUrl = (tenant?: string) => secondStepUrl(world, tenant);
  const overviewUrl = () => `${world.url}${securityPath('northwind')}`;
  const turnOn = () => turnOnSecondFactor(world, app);
  const atCode = (change?: Record<string, string>) => openCodeStep(world, app, change);

  it('O65: is replaced with a code of the old one and a code of the new one, without a moment between them', async () => {
    const { browser, authenticator, done } = await turnOn();
    expect((await browser.submit(done, 'replace', withCode('000000'))).status).toBe(400);
    const page = await browser.submit(done, 'replace', withCode(authenticator.recovery[0] ?? ''));
    const other = keptNote(page);
    expect(other.code()).not.toBe(authenticator.code());
    const wrong = await browser.submit(page, 'confirm-replacement', withCode('000000'));
    expect(wrong.status).toBe(400);
    expect(keptNote(wrong).code()).toBe(other.code());
    // Nothing has changed until now.
    expect((await browser.open(pageUrl())).html).toContain('Recovery codes left: 9');
    const replaced = await browser.submit(wrong, 'confirm-replacement', withCode(other.code()));
    expect(replaced.html).toContain('Your new app and your new recovery codes are in use');
    expect(replaced.html).toContain('Recovery codes left: 10');
    for (const old of [authenticator.code(), authenticator.recovery[1] ?? '']) {
      const [tab, atOldCode] = await atCode();
      expect((await tab.submit(atOldCode, 'code', withCode(old))).status).toBe(400);
    }
    const [tab, atNewCode] = await atCode();
    expect((await tab.submit(atNewCode, 'code', withCode(other.recovery[1] ?? ''))).html).toContain(
      'Share data',
    );
    expect((await browser.open(overviewUrl())).html).toContain('You moved the second step to another app');
    const acts = (await takeEvents(world)).map(({ action, outcome }) => `${action} ${outcome}`);
    expect(acts).toEqual(expect.arrayContaining(['second-factor-replace 4', 'second-factor-replace 0']));
  });

  it('O65: is replaced once by several presses, which all say so', async () => {
    const { browser, authenticator, done } = await turnOn();
    const timesInList = async () =>
      (await browser.open(overviewUrl())).html.split('You moved the second step to another app').length - 1;
    const before = await timesInList();
    const page = await browser.submit(done, 'replace', withCode(authenticator.recovery[0] ?? ''));
    const other = keptNote(page);
    const press = () => browser.submit(page, 'confirm-replacement', withCode(other.code()));
    const pressed = [...(await Promise.all([press(), press()])), await press()];
    for (const { status, html } of pressed) {
      expect([status, html.includes('Your new app and your new recovery codes are in use')]).toEqual([
        200,
        true,
      ]);
      expect(html).not.toContain(other.recovery[0]);
    }
    expect(await timesInList()).toBe(before + 1);
  });

  it('O65: is replaced once by a press that comes in when the first one has just replaced it', async () => {
    await turnOn();
    const { stores } = await world.server();
    const { rows } = await world.db.query<{ sub: string }>('SELECT sub::text FROM second_factor');
    const sub = rows[0]?.sub ?? '';
    const enrolment = { ...newEnrolment(), replaces: true };
    const event = newAccessEvent(contextOfPlan('northwind'), {
      kind: 'login',
      action: 'second-factor-replace',
      outcome: '0',
      released: [],
    });
    const press = () =>
      stores.secondFactors.replace(sub, enrolment, authenticatorOf(enrolment.secret).code(), () => event);
    const replacements = async () =>
      (await world.db.query("SELECT FROM login_change WHERE change = 'second-factor-replaced'")).rowCount ??
      0;
    const before = await replacements();
    expect([await press(), await press()]).toEqual([true, false]);
    expect(await stores.secondFactors.isInUse(sub, enrolment)).toBe(true);
    expect(await replacements()).toBe(before + 1);
  });

  it('O65: shows nothing of what is in use by a second press, where the first one did not get to its end', async () => {
    const { browser, authenticator, done } = await turnOn();
    const page = await browser.submit(done, 'replace', withCode(authenticator.recovery[0] ?? ''));
    const other = keptNote(page);
    await world.db.query("CREATE TABLE kept AS SELECT * FROM oidc_record WHERE model = 'Enrolment'");
    const press = () => browser.submit(page, 'confirm-replacement', withCode(other.code()));
    await press();
    // As if the process had ended when the new app was in use.
    await world.db.query('INSERT INTO oidc_record SELECT * FROM kept');
    await world.db.query('DROP TABLE kept');
    expect((await press()).html).toContain('Your new app and your new recovery codes are in use');
    expect((await browser.open(`${pageUrl()}?replace`)).html).not.toContain(other.recovery[0]);
  });

  it('O65: begins to be replaced once by several presses with one code, which all show the new key', async () => {
    for (const kind of ['recovery code', 'code']) {
      await world.db.query('TRUNCATE throttle, second_factor CASCADE');
      const { browser, authenticator, done } = await turnOn();
      await takeEvents(world);
      const code = kind === 'code' ? authenticator.code() : (authenticator.recovery[0] ?? '');
      const press = () => browser.submit(done, 'replace', withCode(code));
      const pressed = [...(await Promise.all([press(), press(), press()])), await press()];
      expect(pressed.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const [first, ...others] = pressed.map((page) => keptNote(page).recovery);
      expect(first).toHaveLength(10);
      for (const shown of others) expect(shown).toEqual(first);
      expect((await takeEvents(world)).filter(({ outcome }) => outcome !== '0')).toEqual([]);
    }
  });

  it('O65: is turned off once by several presses, which all say so', async () => {
    const { browser, authenticator, done } = await turnOn();
    await takeEvents(world);
    const press = () => browser.submit(done, 'turn-off', withCode(authenticator.recovery[0] ?? ''));
    const pressed = [...(await Promise.all([press(), press(), press()])), await press()];
    for (const { status, html } of pressed)
      expect([status, html.includes('You are no longer asked for a code')]).toEqual([200, true]);
    const acts = (await takeEvents(world)).filter(({ action }) => action.startsWith('second-factor'));
    expect(acts).toMatchObject([{ action: 'second-factor-off', outcome: '0' }]);
  });

  it('O65: is neither turned off nor used up by a code where the event of it cannot be stored', async () => {
    const { browser, authenticator, done } = await turnOn();
    const press = () => browser.submit(done, 'turn-off', withCode(authenticator.recovery[0] ?? ''));
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await press()).status).toBeGreaterThanOrEqual(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect((await press()).html).toContain('You are no longer asked for a code');
  });

  it('O65: is not replaced by the page of a first factor, nor by the page of another login', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const first = await browser.open(pageUrl());
    const { code } = keptNote(first);
    await browser.submit(first, 'turn-on', withCode(await keptNote(first).codeBefore()));
    expect((await browser.submit(first, 'confirm-replacement', withCode(code()))).status).toBe(400);
    expect((await browser.submit(first, 'turn-on', withCode(code()))).status).toBe(400);
    const paul = await openAndLogIn(world, startAuthorization(world, app).url, 'paul.parent');
    const theirs = await paul[0].open(pageUrl());
    const forged = await browser.submit(first, 'confirm-replacement', (fields) => {
      fields.set('enrolment', hiddenFields(theirs).get('enrolment') as string);
      fields.set('code', keptNote(theirs).code());
    });
    expect(forged.status).toBe(400);
  });

  async function setPassword(browser: Browser, current: string, next: string): Promise<void> {
    const page = await browser.open(`${world.url}${passwordPath('northwind')}`);
    const done = await browser.submit(page, 'change-password', (fields) => {
      for (const [name, value] of Object.entries({ current, next, again: next })) fields.set(name, value);
    });
    expect(done.status).toBe(200);
  }

  it.each(['the member changes the password', 'staff end the sessions'])(
    'O68: a login that waits for its code in a browser without a session ends when %s',
    async (act) => {
      const { browser, authenticator } = await turnOn();
      const [thief, atThief] = await atCode();
      if (act.startsWith('staff'))
        expect((await administer(world, 'DELETE', 'northwind/logins/maria.many/sessions')).status).toBe(204);
      else await setPassword(browser, PASSWORD, OTHER_PASSWORD);
      const answer = await thief.submit(atThief, 'code', withCode(authenticator.recovery[0] ?? ''));
      expect([answer.status, answer.html.includes('Share data with')]).toEqual([400, false]);
      if (!act.startsWith('staff')) await setPassword(browser, OTHER_PASSWORD, PASSWORD);
    },
  );

  it('O65: is taken away by the plan’s staff; that is recorded, and the member reads of it', async () => {
    const { browser } = await turnOn();
    const path = 'northwind/logins/maria.many/second-factor';
    expect((await administer(world, 'DELETE', path)).status).toBe(204);
    expect((await administer(world, 'DELETE', path)).status).toBe(404);
    // Her sessions have ended, and her grants have not.
    expect((await browser.open(overviewUrl())).html).toContain('id="password"');
    const [again, consent] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(consent.html).toContain('Share data with');
    for (const page of ['security', 'apps'])
      expect((await again.open(overviewUrl().replace('security', page))).html).toMatch(
        /your plan took the second step of your login away/,
      );
    const event = (await takeEvents(world)).find(({ kind }) => kind === 'administration');
    expect(event).toMatchObject({
      action: 'second-factor-reset',
      outcome: '0',
      member: 'maria',
      user: { sub: 'ada' },
    });
    const fresh = await again.open(pageUrl());
    await again.submit(fresh, 'turn-on', withCode(keptNote(fresh).code()));
    const calm = await again.open(overviewUrl());
    expect(calm.html).not.toMatch(/your plan took the second step of your login away/);
    expect(calm.html).toContain('Your plan took the second step away');
  });
});
