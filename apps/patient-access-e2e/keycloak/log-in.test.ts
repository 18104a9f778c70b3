/** A plan's IT staff join their Keycloak by the guide (docs/identity-provider.md), and a member logs in. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser } from 'playwright-core';
import { type BrowserApp, serveBrowserApp } from '../installation/browser-app.ts';
import { memberOf } from '../installation/world.ts';
import * as it from './plan.ts';

const { patientId } = memberOf(it.plan, 'ordinary');
const FRIDA = [{ id: patientId, relationship: 'self', name: 'Frida Lund' }];

(canRunChromium() ? describe : describe.skip)('a plan with Keycloak', () => {
  let browser: Browser;
  let app: BrowserApp;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), serveBrowserApp()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  test('is configured by the guide, and a member logs in there and connects an app', async () => {
    await it.configurePlan(it.SETTINGS);
    await it.addPerson('frida', 'K-1001', FRIDA);
    const page = await it.leaveForKeycloak(browser, app, await it.registerBrowserApp(app, 'Health Diary'));
    await it.keep(page, '1-their-login');
    await it.logInAtKeycloak(page, 'frida');
    await it.keep(page, '2-consent');
    expect(await page.locator('main').innerText()).toContain('Frida Lund');
    await it.agreeToApp(page, app);
    expect(await page.evaluate('client.state.tokenResponse')).toMatchObject({ patient: patientId });
    expect(await page.evaluate('client.patient.read()')).toMatchObject({ id: patientId });
  });

  test('refuses a person without a member number, and says so on the page', async () => {
    await it.configurePlan(it.SETTINGS);
    await it.createStranger('stranger');
    const page = await it.leaveForKeycloak(browser, app, await it.registerBrowserApp(app, 'Health Diary'));
    await it.logInAtKeycloak(page, 'stranger');
    expect(await page.getByRole('alert').innerText()).toContain('did not tell us');
    await it.keep(page, '3-no-number');
  });
});
