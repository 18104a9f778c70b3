/** A plan with a provider for each line of business, one of them SAML 2.0, behind a broker: by the guide's example. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { chooseByEmailDomain, createBroker, createPerson, LINE_CLAIM, LINES } from '@patient-access/keycloak';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { type BrowserApp, serveBrowserApp } from '../installation/browser-app.ts';
import { memberOf } from '../installation/world.ts';
import * as plan from './plan.ts';

const commercial = memberOf(plan.plan, 'ordinary').patientId;
const medicare = memberOf(plan.plan, 'many').patientId;
/** Both providers have given this number to somebody. */
const NUMBER = 'M-1001';

(canRunChromium() ? describe : describe.skip)('a plan with several providers, behind a broker', () => {
  let browser: Browser;
  let app: BrowserApp;
  let clientId: string;
  let federation: object;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), serveBrowserApp()]);
    clientId = await plan.registerBrowserApp(app, 'Health Diary');
    const broker = await createBroker(plan.keycloak, plan.keycloakUrl, { at: plan.at });
    const { issuer, clientId: ours, clientSecret } = broker;
    federation = { ...plan.SETTINGS.federation, issuer, clientId: ours, clientSecret };
    federation = { ...federation, memberNumber: { providerClaim: LINE_CLAIM } };
    await plan.configurePlan({ ...plan.SETTINGS, federation });
    const self = (id: string, name: string) => [{ id, relationship: 'self', name }];
    await plan.loadMember(`${LINES.oidc}:${NUMBER}`, self(commercial, 'Cora Lund'));
    await plan.loadMember(`${LINES.saml}:${NUMBER}`, self(medicare, 'Mia Lund'));
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** Makes a user of a provider. */
  const addTo = (realm: string, username: string, memberNumber: string, email?: string): Promise<string> => {
    const password = plan.passwordOf(username);
    return createPerson(plan.keycloak, realm, { username, password, memberNumber, email });
  };

  /** Makes a user of a provider who is a member of its line of business. */
  async function addMember(realm: string, username: string, number: string): Promise<string> {
    await plan.loadMember(`${realm}:${number}`, [
      { id: commercial, relationship: 'child', name: 'Lina Lund' },
    ]);
    return addTo(realm, username, number);
  }
  /** Logs in at one of the providers, whose page the browser has open. */
  async function fillIn(page: Page, realm: string, username: string): Promise<void> {
    await page.waitForURL(`**/realms/${realm}/**`);
    await page.locator('#username').fill(username);
    await page.locator('#password').fill(plan.passwordOf(username));
    await page.locator('#kc-login').click();
    // With SAML each of the three sends a page that posts itself to the next one.
    await page.waitForURL(`${plan.at}/**`);
  }
  /** Chooses a provider on the broker's page, and logs in there. */
  async function logIn(realm: string, username: string): Promise<Page> {
    const page = await plan.leaveForKeycloak(browser, app, clientId);
    await plan.keep(page, '9-broker');
    await page.locator(`#social-${realm}`).click();
    await fillIn(page, realm, username);
    return page;
  }
  /** Logs in once more in the same browser, which the provider still knows: it asks for the password all the same. */
  async function logInAgain(page: Page, realm: string, username: string): Promise<void> {
    await page.getByRole('link', { name: /^Log in with/ }).click();
    await page.locator(`#social-${realm}`).click();
    await page.waitForURL(`**/realms/${realm}/**`);
    await page.locator('#password').fill(plan.passwordOf(username));
    await page.locator('#kc-login').click();
    await page.waitForURL(`${plan.at}/**`);
  }
  const setNumber = async (realm: string, user: string, numbers: string[]): Promise<void> => {
    const path = `/${realm}/users/${user}`;
    const { body } = await plan.keycloak.call<object>('GET', path);
    await plan.keycloak.call('PUT', path, { ...body, attributes: { member_number: numbers } });
  };
  const alertOn = (page: Page): Promise<string> => page.getByRole('alert').innerText();

  test.each([
    [LINES.oidc, 'cora', 'Cora Lund', commercial],
    [LINES.saml, 'mia', 'Mia Lund', medicare],
  ])('logs a member in at the provider %s that she chooses, and opens her own record', async (...row) => {
    const [realm, username, name, patient] = row;
    await addTo(realm, username, NUMBER);
    const page = await logIn(realm, username);
    expect(await page.locator('main').innerText()).toContain(name);
    await plan.agreeToApp(page, app);
    expect(await page.evaluate('client.state.tokenResponse')).toMatchObject({ patient });
  });

  test.each([LINES.oidc, LINES.saml])(
    'takes the number from the provider %s at every login, and no older one; after a refusal it asks there who it is',
    async (realm) => {
      const user = await addTo(realm, 'rosa', 'M-404');
      const page = await logIn(realm, 'rosa');
      expect(await alertOn(page)).toContain('could not find your records');
      await setNumber(realm, user, []);
      await logInAgain(page, realm, 'rosa');
      expect(await alertOn(page)).toContain('did not tell us');
    },
  );

  test('lets nobody become the member of the other line, by number, name or address (O103)', async () => {
    // The user name and the e-mail address are those of Cora at the other provider, and so is the number.
    const [line, other] = [LINES.saml, LINES.oidc];
    await addTo(line, 'cora', `${other}:${NUMBER}`);
    expect(await alertOn(await logIn(line, 'cora'))).toContain('could not find your records');
  });

  const sessionsAt = async (realm: string, user: string): Promise<unknown[]> =>
    (await plan.keycloak.call<unknown[]>('GET', `/${realm}/users/${user}/sessions`)).body;

  test.each([LINES.oidc, LINES.saml])(
    'logs out at the broker and at the provider %s, where the next login asks for the password',
    async (realm) => {
      const user = await addMember(realm, 'lea', 'M-1003');
      const page = await logIn(realm, 'lea');
      await plan.agreeToApp(page, app);
      expect(await sessionsAt(realm, user)).toHaveLength(1);
      await plan.logOutAtBoth(page);
      await plan.keep(page, `15-logged-out-${realm}`);
      expect(await sessionsAt(realm, user)).toEqual([]);
      await page.goto(app.launchUrl({ clientId, scope: plan.APP_SCOPE, iss: plan.plan.fhirBase }));
      await page.getByRole('link', { name: /^Log in with/ }).click();
      await page.locator(`#social-${realm}`).click();
      await fillIn(page, realm, 'lea');
    },
  );

  test('hears through the broker that somebody has logged out at a provider with OpenID Connect', async () => {
    const user = await addMember(LINES.oidc, 'olga', 'M-1004');
    const page = await logIn(LINES.oidc, 'olga');
    await plan.agreeToApp(page, app);
    await plan.keycloak.call('POST', `/${LINES.oidc}/users/${user}/logout`);
    await page.goto(`${plan.at}/apps`);
    expect(await page.getByRole('link', { name: /^Log in with/ }).count()).toBe(1);
  });

  test('lets the member choose on this server’s page', async () => {
    const choice = (line: string) => ({ name: `the ${line} site`, hint: { kc_idp_hint: line } });
    const choices = Object.values(LINES).map(choice);
    await plan.configurePlan({ ...plan.SETTINGS, federation: { ...federation, choices } });
    try {
      const page = await plan.openApp(browser, app, clientId);
      await plan.keep(page, '13-choices');
      await page.getByRole('link', { name: `Log in with the ${LINES.saml} site` }).click();
      await fillIn(page, LINES.saml, 'mia');
      expect(await page.locator('main').innerText()).toContain('Mia Lund');
    } finally {
      await plan.configurePlan({ ...plan.SETTINGS, federation });
    }
  });

  test('lets the domain of an e-mail address choose the provider', async () => {
    await chooseByEmailDomain(plan.keycloak);
    const patients = [{ id: commercial, relationship: 'child', name: 'Lina Lund' }];
    await plan.loadMember(`${LINES.oidc}:M-1002`, patients);
    const email = `dora@${LINES.oidc}.example`;
    await addTo(LINES.oidc, 'dora', 'M-1002', email);
    const page = await plan.leaveForKeycloak(browser, app, clientId);
    await page.locator('#username').fill(email);
    await plan.keep(page, '12-email-domain');
    await page.locator('#kc-login').click();
    await fillIn(page, LINES.oidc, 'dora');
    expect(await page.locator('main').innerText()).toContain('Lina Lund');
  });
});
