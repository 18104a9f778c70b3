import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAndLogIn, registerApp, startAuthorization } from '../app.ts';
import type { BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeActs } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { keptNote, secondStepUrl, withCode } from './second-step.ts';

describe('a second factor', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('is turned on, replaced and turned off with its event or not at all', async () => {
    const app = await registerApp(world);
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const page = await browser.open(secondStepUrl(world));
    const { code, codeBefore, recovery } = keptNote(page);
    const stored = () => world.db.query('SELECT sealed FROM second_factor').then(({ rows }) => rows);
    const unrecorded = async (act: () => Promise<BrowserPage>) => {
      const before = await stored();
      await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
      try {
        expect((await act()).status).toBeGreaterThanOrEqual(500);
      } finally {
        await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
      }
      expect(await stored()).toEqual(before);
    };
    const first = await codeBefore();
    await unrecorded(() => browser.submit(page, 'turn-on', withCode(first)));
    const on = await browser.submit(page, 'turn-on', withCode(first));
    expect(on.html).toContain('From now on you are asked for a code');
    const replacing = await browser.submit(on, 'replace', withCode(recovery[0] ?? ''));
    const other = keptNote(replacing);
    await unrecorded(() => browser.submit(replacing, 'confirm-replacement', withCode(other.code())));
    const back = await browser.open(secondStepUrl(world));
    await unrecorded(() => browser.submit(back, 'turn-off', withCode(recovery[1] ?? '')));
    await browser.submit(back, 'turn-off', withCode(code()));
    const acts = (await takeActs(world)).map(({ action, outcome }) => `${action} ${outcome}`);
    expect(acts.filter((act) => act.startsWith('second-factor'))).toEqual([
      'second-factor-on 0',
      'second-factor-off 0',
    ]);
  });

  it('leaves its event too where it is set up at a login, because the plan demands it', async () => {
    await world.db.query('TRUNCATE throttle, second_factor CASCADE');
    await configure(world, { secondFactor: 'required' });
    const app = await registerApp(world);
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    await takeActs(world);
    await browser.submit(page, 'enrol', withCode(keptNote(page).code()));
    expect(await takeActs(world)).toMatchObject([
      { kind: 'login', action: 'second-factor-on', outcome: '0', member: 'maria', user: {} },
      { kind: 'login', action: 'login', outcome: '0', method: 'totp' },
    ]);
  });
});
