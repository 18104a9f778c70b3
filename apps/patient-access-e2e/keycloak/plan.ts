/** The plan northwind and its Keycloak, as its IT staff and its members see them. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { createPerson, KeycloakAdmin, MEMBER_NUMBER, type PlanRealm } from '@patient-access/keycloak';
import type { Browser, Page } from 'playwright-core';
import { type BrowserApp } from '../installation/browser-app.ts';
import { runToEnd } from '../installation/installation.ts';
import { adminSettings, directory, world } from '../installation/world.ts';

const { northwind } = world();
const described = JSON.parse(readFileSync(join(directory, 'keycloak.json'), 'utf8')) as {
  url: string;
  administrator: { name: string; password: string };
  realm: PlanRealm;
  /** the plan's address at this server, `{PUBLIC_URL}/auth/{tenant}` */
  at: string;
};

export const { realm, at } = described;
export const keycloakUrl = described.url;
export const keycloak = new KeycloakAdmin(described.url, described.administrator);
export const plan = northwind;

const DATA = 'patient/Patient.rs patient/Coverage.rs patient/ExplanationOfBenefit.rs';
export const APP_SCOPE = `openid fhirUser launch/patient offline_access ${DATA}`;

/** Settings as the guide shows them. */
export const SETTINGS = {
  nativeApps: true,
  passwordLogin: false,
  federation: {
    issuer: realm.issuer,
    name: 'the Northwind member site',
    clientId: realm.clientId,
    clientSecret: realm.clientSecret,
    memberClaim: MEMBER_NUMBER,
  },
};

/** Runs `npm run admin -- …`. @returns what it printed @throws Error with that when it failed */
export async function runAdmin(words: readonly string[], input: object | string = ''): Promise<string> {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const { code, said } = await runToEnd('apps/auth-service/dist/admin.js', [...words], adminSettings(), text);
  if (code !== 0) throw new Error(`admin ${words.join(' ')}: ${said}`);
  return said;
}

export const configurePlan = (settings: object): Promise<string> =>
  runAdmin(['tenant', 'configure', '--id', plan.id], settings);

/** Loads whose data the bearer of a number may see. */
export const loadMember = (
  number: string,
  patients: readonly { id: string; relationship: string; name: string }[],
): Promise<string> => runAdmin(['member', 'load', '--tenant', plan.id], { number, patients });

/** Makes a user at Keycloak, and loads whose data the bearer of the number may see. @returns the user's id there */
export async function addPerson(
  username: string,
  memberNumber: string,
  patients: readonly { id: string; relationship: string; name: string }[],
): Promise<string> {
  await loadMember(memberNumber, patients);
  return createPerson(keycloak, realm.name, { username, password: passwordOf(username), memberNumber });
}

/** Puts a user into a new group, whose name the id_token then has in the claim `groups`. */
export async function addToGroup(user: string, name: string): Promise<void> {
  const { id } = await keycloak.call('POST', `/${realm.name}/groups`, { name });
  await keycloak.call('PUT', `/${realm.name}/users/${user}/groups/${id}`, {});
  await keycloak.call('POST', `/${realm.name}/clients/${realm.client}/protocol-mappers/models`, {
    name: 'groups',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-group-membership-mapper',
    config: { 'full.path': 'false', 'claim.name': 'groups', 'id.token.claim': 'true' },
  });
}

/** A user of the realm who is no member. */
export const createStranger = (username: string): Promise<string> =>
  createPerson(keycloak, realm.name, { username, password: passwordOf(username) });

export const passwordOf = (username: string): string => `the password of ${username}`;

/** Registers the app (RFC 7591), as its developer does once. @returns its client id */
export async function registerBrowserApp({ redirectUri }: BrowserApp, name: string): Promise<string> {
  const response = await fetch(`${plan.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    }),
  });
  return ((await response.json()) as { client_id: string }).client_id;
}

/** Screenshots for a person to look at: set SCREENSHOT_DIR to keep them. */
export async function keep(page: Page, name: string): Promise<void> {
  const to = process.env['SCREENSHOT_DIR'];
  if (!to) return;
  mkdirSync(to, { recursive: true });
  await page.screenshot({ path: join(to, `keycloak-${name}.png`), fullPage: true });
}

/** Opens the app in a browser of its own. @returns it with our login page */
export async function openApp(browser: Browser, app: BrowserApp, clientId: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(app.launchUrl({ clientId, scope: APP_SCOPE, iss: plan.fhirBase }));
  return page;
}

/** Opens the app in a browser of its own, and presses the button of the plan's identity provider. */
export async function leaveForKeycloak(browser: Browser, app: BrowserApp, clientId: string): Promise<Page> {
  const page = await openApp(browser, app, clientId);
  await page.getByRole('link', { name: /^Log in with/ }).click();
  return page;
}

/** Begins a test login, as the plan's staff do. @returns a browser of its own that has gone to Keycloak */
export async function beginTestLogin(browser: Browser): Promise<Page> {
  const opened = await runAdmin(['identity', 'test', '--tenant', plan.id]);
  const { url } = JSON.parse(opened) as { url: string };
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  await page.getByRole('link', { name: 'Log in there' }).click();
  return page;
}

/** Fills in Keycloak's own login page. */
export async function logInAtKeycloak(page: Page, username: string, issuer = realm.issuer): Promise<void> {
  expect(page.url()).toContain(issuer);
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(passwordOf(username));
  await page.locator('#kc-login').click();
}

/** Agrees, and waits until the app is ready. */
export async function agreeToApp(page: Page, app: BrowserApp): Promise<void> {
  await page.getByRole('button', { name: 'Agree and share' }).click();
  await page.waitForURL(`${app.redirectUri}**`);
  await page.waitForFunction(`document.title !== 'starting'`);
  expect(await page.title()).toBe('ready');
}

/** Logs out on the member's page, and waits until the browser is back from the log-out at the provider. */
export async function logOutAtBoth(page: Page): Promise<void> {
  await page.goto(`${at}/apps`);
  // The first of two such pages leads to the provider, by its header.
  const back = page.waitForResponse(
    (response) => response.url() === `${at}/logged-out` && response.headers()['refresh'] === undefined,
  );
  await page.getByRole('button', { name: 'Log out' }).click();
  await back;
  await page.getByRole('heading', { level: 1, name: /logged out/i }).waitFor();
}
