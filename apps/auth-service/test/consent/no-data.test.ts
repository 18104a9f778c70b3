/** What an app gets that asks for no kind of data is said before a member agrees, and afterwards. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAndLogIn, redirected, registerApp, startAuthorization } from '../app.ts';
import { revokePageOf, wordsOf } from '../apps/member.ts';
import { startWorld, type World } from '../world.ts';
import { readPage } from './page.ts';

const NONE = 'The app gets no health data.';
const NONE_OF_MARIA = `${NONE} It gets a code that stands for Maria Castellan. It is the same each time.`;

describe('an app that asks for no kind of data', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it.each([
    ['whose data it would be', 'launch/patient offline_access', NONE_OF_MARIA, 'No health data'],
    ['also who logs in', 'openid launch/patient', NONE_OF_MARIA, 'A code that stands for you'],
    ['who logs in alone', 'openid', NONE, 'A code that stands for you'],
    ['nothing at all', 'offline_access', NONE, 'No health data'],
  ])('learns %s', async (_, scope, said, listed) => {
    const app = await registerApp(world);
    const [browser, consent] = await openAndLogIn(world, startAuthorization(world, app, { scope }).url);
    expect(readPage(consent.html).paragraphs.filter((text) => text.startsWith(NONE))).toEqual([said]);
    expect(redirected(await browser.submit(consent, 'agree')).has('code')).toBe(true);
    const question = await revokePageOf(world, app);
    for (const page of [question, `${question}/receipt`, `${question}/receipt.html`])
      expect(wordsOf(await browser.request(page))).toContain(`May see ${listed} `);
  });
});
