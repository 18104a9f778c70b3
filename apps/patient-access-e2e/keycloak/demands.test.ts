/** What Keycloak demands of this client and is not offered here: whether its words are still the ones that we recognise. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser } from 'playwright-core';
import * as plan from './plan.ts';

const CLIENT = `/${plan.realm.name}/clients/${plan.realm.client}`;
/** Attributes of the client by which Keycloak demands something. */
const DEMANDS = {
  DPoP: { 'dpop.bound.access.tokens': 'true' },
  'mutual TLS': { 'tls.client.certificate.bound.access.tokens': 'true' },
  'encrypted id_tokens': {
    'id.token.encrypted.response.alg': 'RSA-OAEP',
    'id.token.encrypted.response.enc': 'A256GCM',
  },
  'pushed authorization requests': { 'require.pushed.authorization.requests': 'true' },
};
/** Keycloak keeps an attribute that is not named, so each is taken away by name. */
const NOTHING = Object.fromEntries(
  Object.values(DEMANDS).flatMap((attributes) => Object.keys(attributes).map((name) => [name, ''])),
);

(canRunChromium() ? describe : describe.skip)('a plan whose Keycloak demands more', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
    await plan.configurePlan(plan.SETTINGS);
    await plan.createStranger('dana');
  });
  afterEach(async () => {
    await demand({});
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(() => browser?.close());

  async function demand(attributes: Record<string, string>): Promise<void> {
    const { body } = await plan.keycloak.call<{ attributes: object }>('GET', CLIENT);
    const all = { ...body.attributes, ...NOTHING, ...attributes };
    await plan.keycloak.call('PUT', CLIENT, { ...body, attributes: all });
  }

  test.each(Object.entries(DEMANDS))('names %s to its staff', async (name, attributes) => {
    await demand(attributes);
    const page = await plan.beginTestLogin(browser);
    // Some demands Keycloak tells at once, and others after the login.
    if (page.url().startsWith(plan.realm.issuer)) await plan.logInAtKeycloak(page, 'dana');
    const said = page.getByText('This person would be refused');
    await said.waitFor();
    await plan.keep(page, `14-demand-${Object.keys(DEMANDS).indexOf(name)}`);
    expect(await said.innerText()).toContain(`what is not offered here: ${name}`);
  });
});
