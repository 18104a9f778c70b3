/** A plan with SAML 2.0 alone: Keycloak as a broker in front of it, by the example of docs/identity-provider.md. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createSamlBroker, SAML_REALM } from '@patient-access/keycloak';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { type BrowserApp, serveBrowserApp } from '../installation/browser-app.ts';
import { memberOf } from '../installation/world.ts';
import * as plan from './plan.ts';

const { patientId } = memberOf(plan.plan, 'ordinary');
const PASSWORD = 'the password of sam';

(canRunChromium() ? describe : describe.skip)('a plan with a SAML provider', () => {
  let browser: Browser;
  let app: BrowserApp;
  let clientId: string;
  let sam: string;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), serveBrowserApp()]);
    clientId = await plan.registerBrowserApp(app, 'Health Diary');
    const broker = await createSamlBroker(plan.keycloak, plan.keycloakUrl, { at: plan.at });
    const { issuer, clientId: ours, clientSecret } = broker;
    const federation = { ...plan.SETTINGS.federation, issuer, clientId: ours, clientSecret };
    await plan.configurePlan({ ...plan.SETTINGS, federation });
    await plan.loadMember('S-1', [{ id: patientId, relationship: 'self', name: 'Sam Lund' }]);
    sam = await createPerson(plan.keycloak, SAML_REALM, {
      username: 'sam',
      password: PASSWORD,
      memberNumber: 'S-1',
    });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** Chooses the SAML provider on the broker's page, and logs in there. */
  async function logIn(): Promise<Page> {
    const page = await plan.leaveForKeycloak(browser, app, clientId);
    await plan.keep(page, '9-broker');
    await page.locator('#social-members').click();
    await page.waitForURL(`**/realms/${SAML_REALM}/**`);
    await page.locator('#username').fill('sam');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#kc-login').click();
    // Each of the three sends a page that posts itself to the next one.
    await page.waitForURL(`${plan.at}/**`);
    return page;
  }

  test('logs its members in through the broker, by the number in the assertion', async () => {
    const page = await logIn();
    expect(await page.locator('main').innerText()).toContain('Sam Lund');
    await plan.agreeToApp(page, app);
    expect(await page.evaluate('client.state.tokenResponse')).toMatchObject({ patient: patientId });
  });

  test('takes the number from the assertion at every login', async () => {
    const { body: user } = await plan.keycloak.call<object>('GET', `/${SAML_REALM}/users/${sam}`);
    const attributes = { member_number: ['S-404'] };
    await plan.keycloak.call('PUT', `/${SAML_REALM}/users/${sam}`, { ...user, attributes });
    const page = await logIn();
    expect(await page.getByRole('alert').innerText()).toContain('could not find your records');
  });
});
