/** After a change of the second factor, loading the page again posts nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { registerVerifiedApp, type RegisteredApp } from '../app.ts';
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
  });
});
