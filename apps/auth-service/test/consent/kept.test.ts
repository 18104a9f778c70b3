/** Each press on a box of the consent page is kept by the server, before anything is agreed to (ADR 70). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  openAndLogIn,
  redirected,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import type { Browser, BrowserPage } from '../browser.ts';
import { startWorld, type World } from '../world.ts';
import { readPage } from './page.ts';

describe('a box of the consent page', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  async function atConsent() {
    const { url, verifier } = startAuthorization(world, app);
    const [browser, page] = await openAndLogIn(world, url);
    return { browser, page, verifier };
  }
  const press = (browser: Browser, page: BrowserPage, choice: string) =>
    browser.submit(page, '', (fields) => fields.set('set', choice));
  const checked = ({ html }: BrowserPage) => {
    const { kinds, sensitive, durations } = readPage(html);
    return [...kinds, ...sensitive, ...durations].filter((box) => box.checked).map(({ id }) => id);
  };

  it('O26: stays as it was pressed when the page is opened again, and is what is agreed to', async () => {
    const { browser, page, verifier } = await atConsent();
    const first = await press(browser, page, 'off kind claims');
    expect(first.url).toMatch(/\/interaction\/[\w-]+#kind-claims$/);
    await press(browser, first, 'on sensitive genetics');
    const last = await press(browser, first, 'on duration 13-months');
    const again = await browser.open(page.url);
    expect(checked(again)).toEqual(checked(last));
    expect(checked(again)).not.toContain('claims');
    expect(checked(again)).toEqual(expect.arrayContaining(['medicines', 'genetics', '13-months']));
    expect(checked(again)).not.toContain('90-days');
    const code = redirected(await browser.submit(again, 'agree')).get('code') ?? '';
    const { body } = await exchange(world, app, code, verifier);
    expect(body['scope']).toMatch(/patient\/MedicationRequest/);
    expect(body['scope']).not.toMatch(/ExplanationOfBenefit/);
  });

  it('is pressed twice with the effect of one press, and quickly after another with the effect of both', async () => {
    const { browser, page } = await atConsent();
    for (const choice of ['off kind claims', 'off kind claims', 'off kind vaccines'])
      await press(browser, page, choice);
    const kept = checked(await browser.open(page.url));
    expect(checked(page)).toEqual(expect.arrayContaining(['claims', 'vaccines']));
    expect(kept).toEqual(checked(page).filter((id) => !['claims', 'vaccines'].includes(id)));
  });

  it('O26: is not undone by a page from before the press, which a browser shows again after going back', async () => {
    const { browser, page, verifier } = await atConsent();
    await press(browser, page, 'off kind claims');
    const again = await browser.submit(page, 'agree');
    expect([again.status, again.html]).toEqual([409, expect.stringContaining('Nothing was shared')]);
    expect(checked(again)).toEqual(checked(page).filter((id) => id !== 'claims'));
    const code = redirected(await browser.submit(again, 'agree')).get('code') ?? '';
    expect((await exchange(world, app, code, verifier)).body['scope']).not.toMatch(/ExplanationOfBenefit/);
  });

  it('is forgotten when another person is chosen', async () => {
    const [browser, choice] = await openAndLogIn(world, startAuthorization(world, app).url, 'paul.parent');
    const choose = (page: BrowserPage, person: string) =>
      browser.submit(page, 'choose', (fields) => fields.set('member', person));
    const cora = await press(browser, await choose(choice, 'cora'), 'on sensitive genetics');
    const paul = await choose(await browser.submit(cora, 'back'), 'paul');
    expect(checked(cora)).toContain('genetics');
    expect(checked(paul)).not.toContain('genetics');
  });

  it.each([
    '',
    'off',
    'on member maria',
    'on kind ',
    'kind claims',
    'on __proto__ x',
    'on scope patient/*.rs',
  ])('O26: is nothing else: %p is refused, and nothing is kept', async (choice) => {
    const { browser, page } = await atConsent();
    expect((await press(browser, page, choice)).status).toBe(403);
    expect(checked(await browser.open(page.url))).toEqual(checked(page));
  });

  it('O26: grants nothing that the page did not offer', async () => {
    const { url, verifier } = startAuthorization(world, app, {
      scope: 'openid launch/patient patient/Coverage.rs',
    });
    const [browser, page] = await openAndLogIn(world, url);
    const last = await press(browser, page, 'on kind claims');
    const refused = await press(browser, page, 'on sensitive <script>');
    expect([refused.status, refused.html]).toEqual([403, expect.not.stringContaining('<script')]);
    const code = redirected(await browser.submit(last, 'agree')).get('code') ?? '';
    expect((await exchange(world, app, code, verifier)).body['scope']).toBe(
      'openid launch/patient patient/Coverage.rs',
    );
  });

  it('O08: is not pressed by another site, nor at another step', async () => {
    const { browser, page } = await atConsent();
    const forged = await browser.submit(page, '', (fields) => {
      fields.set('set', 'off kind claims');
      fields.set('token', 'x');
    });
    browser.headers['sec-fetch-site'] = 'cross-site';
    const crossed = await press(browser, page, 'off kind claims');
    delete browser.headers['sec-fetch-site'];
    expect([forged.status, crossed.status]).toEqual([403, 403]);
    expect(checked(await browser.open(page.url))).toContain('claims');
    const login = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    expect((await press(browser, login, 'off kind claims')).status).toBe(403);
  });
});
