/** An app that a login connects to the data of a person, and what the app may do then. */
import type { BrowserPage } from '../browser.ts';
import {
  exchange,
  introspectionClaims,
  openAndLogIn,
  redirected,
  refresh,
  type RegisteredApp,
  registerApp,
  startAuthorization,
} from '../app.ts';
import type { World } from '../world.ts';

/** Logs in for a new app and chooses the person, if there is a choice. @returns the consent page for the person's data */
export async function openConsent(world: World, login: string, member: string, name = 'Health Diary') {
  const app = await registerApp(world, { client_name: name });
  const { url, verifier } = startAuthorization(world, app);
  const [browser, page] = await openAndLogIn(world, url, login);
  const chooses = page.html.includes('Whose data?');
  const consent = chooses
    ? await browser.submit(page, 'choose', (fields) => fields.set('member', member))
    : page;
  return { app, verifier, browser, consent };
}

/** @param agreed the answer to the agreement @returns what can be asked about the tokens that the app gets for it */
export async function connectionOf(world: World, app: RegisteredApp, verifier: string, agreed: BrowserPage) {
  const code = redirected(agreed).get('code') as string;
  const tokens = (await exchange(world, app, code, verifier)).body as Record<string, string>;
  /** @param there another replica, which may be asked as well */
  const claims = (there = world) => introspectionClaims(there, tokens['access_token'] as string);
  const refreshStatus = async () => (await refresh(world, app, tokens['refresh_token'] as string)).status;
  return {
    claims,
    refreshStatus,
    isLive: async (there = world) => (await claims(there)) !== undefined,
    canRefresh: async () => (await refreshStatus()) === 200,
  };
}
