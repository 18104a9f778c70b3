/** What a member reads at a page of a login that is over, or that her browser has no cookie of. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const NO_LONGER_VALID = 'This page is no longer valid. Please go back to the app and start again.';

describe('a page of a login that cannot go on', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const linksToApps = ({ html }: BrowserPage): boolean => html.includes('<a href="/auth/northwind/apps">');

  it.each(['en', 'es'])('tells a browser without cookies of them (%s)', async (language) => {
    const headers = { 'accept-language': language };
    const open = (url: string) => new Browser(world.url).request(url, { headers });
    const begun = await open(startAuthorization(world, app).url);
    const address = new URL(begun.headers.get('location') ?? '', begun.url).href;
    for (const url of [address, address.replace('/interaction/', '/oauth2/v1/authorize/')]) {
      const page = await open(url);
      expect(page.status).toBe(400);
      expect(page.html).toMatch(language === 'en' ? /allow cookies for this site/ : /Permita las cookies/);
      expect(page.html).not.toContain(NO_LONGER_VALID);
    }
  });

  it('leads a member on who has logged in too late for her own pages, which no app has opened', async () => {
    const browser = new Browser(world.url);
    const login = await browser.open(`${world.url}/auth/northwind/apps`);
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'Interaction'`);
    const late = await browser.logIn(login, 'maria.many', PASSWORD);
    expect([late.status, late.html, linksToApps(late)]).toEqual([
      400,
      expect.stringContaining(NO_LONGER_VALID),
      true,
    ]);
    const again = await browser.open(`${world.url}/auth/northwind/apps`);
    expect((await browser.logIn(again, 'maria.many', PASSWORD)).html).toContain('Connected apps');
  });
});
