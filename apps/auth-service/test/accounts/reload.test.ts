/** While a second factor is set up and after a change, loading the page again posts nothing and shows the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openAndLogIn, registerVerifiedApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { keptNote, secondStepUrl, turnOnSecondFactor, withCode } from '../login/second-step.ts';
import { startWorld, type World } from '../world.ts';

describe('the page of the second step', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());
  beforeEach(() => world.db.query('TRUNCATE throttle, second_factor CASCADE'));

  it('is loaded again after turning on and off without posting anything, and still says what was done', async () => {
    const { browser, authenticator, done } = await turnOnSecondFactor(world, app);
    expect(done.url).toBe(`${secondStepUrl(world)}?done=turnedOn`);
    await takeEvents(world);
    expect((await browser.open(done.url)).html).toContain('From now on you are asked for a code');
    const off = await browser.submit(done, 'turn-off', withCode(authenticator.recovery[0] ?? ''));
    expect(off.url).toBe(`${secondStepUrl(world)}?done=turnedOff`);
    const second = await browser.submit(done, 'turn-off', withCode(authenticator.recovery[0] ?? ''));
    expect([second.status, second.url]).toEqual([200, off.url]);
    await takeEvents(world);
    expect((await browser.open(off.url)).status).toBe(200);
    // A page that is read leaves its event before it is answered, so it is here, and nothing beside it.
    expect((await takeEvents(world)).map(({ kind, action }) => [kind, action])).toEqual([
      ['account', 'read-second-step'],
    ]);
  });

  it('shows the same new key again while it is set up, to this session alone', async () => {
    const { browser, authenticator, done } = await turnOnSecondFactor(world, app);
    const setUp = await browser.submit(done, 'replace', withCode(authenticator.recovery[0] ?? ''));
    const again = await browser.open(setUp.url);
    expect(keptNote(again).recovery).toEqual(keptNote(setUp).recovery);
    expect(keptNote(again).recovery).toHaveLength(10);
    expect(again.html).toMatch(/<a href="otpauth:\/\/totp\/[^"]+secret=[A-Z2-7]{32}/);
    const other = await browser.open(`${secondStepUrl(world)}?done=<script>`);
    expect(other.html).not.toContain('<script');
    await browser.submit(again, 'confirm-replacement', withCode(keptNote(setUp).code()));
    const inUse = await browser.open(setUp.url);
    expect([inUse.status, keptNote(inUse).recovery]).toEqual([200, []]);
  });

  it('shows the same first key after each load, and none once it is on', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(secondStepUrl(world));
    const note = keptNote(page);
    expect(note.recovery).toHaveLength(10);
    const again = await browser.open(secondStepUrl(world));
    expect(keptNote(again).recovery).toEqual(note.recovery);
    const [other] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(keptNote(await other.open(secondStepUrl(world))).recovery).not.toEqual(note.recovery);
    const code = note.code();
    expect((await browser.submit(again, 'turn-on', withCode(code))).html).toContain('Done.');
    // A second press of the button, before the page has changed.
    const second = await browser.submit(again, 'turn-on', withCode(code));
    expect([second.status, second.html]).toEqual([400, expect.stringContaining('is on already')]);
    await world.db.query('TRUNCATE second_factor CASCADE');
    const later = await browser.open(secondStepUrl(world));
    expect(keptNote(later).recovery).not.toEqual(note.recovery);
  });

  it('says that it took too long when the key is over, and shows another one', async () => {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(secondStepUrl(world));
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'Enrolment'`);
    const late = await browser.submit(page, 'turn-on', (fields) => {
      fields.set('enrolment', 'of another time');
      fields.set('code', keptNote(page).code());
    });
    expect([late.status, late.html]).toEqual([400, expect.stringContaining('This took too long.')]);
    expect(keptNote(late).recovery).not.toEqual(keptNote(page).recovery);
  });

  it('of a login that has to set one up shows the same key after each load, too', async () => {
    await configure(world, { secondFactor: 'required' });
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    const note = keptNote(page);
    expect(note.recovery).toHaveLength(10);
    const again = await browser.open(page.url);
    expect(keptNote(again).recovery).toEqual(note.recovery);
    const consent = await browser.submit(again, 'enrol', withCode(note.code()));
    expect(consent.html).toContain('Share data with');
    await configure(world, {});
  });
});
