import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { keepFitting } from '../browsers/keep-fitting.ts';
import { exchange, startAuthorization, registerApp, type RegisteredApp } from '../app.ts';
import { press } from '../consent/press.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

(canRunChromium() ? describe : describe.skip)('login and consent in Chromium', () => {
  let world: World;
  let browser: Browser;
  let callback: Server;
  let app: RegisteredApp;
  const contexts: BrowserContext[] = [];

  async function openPage(viewport: { width: number; height: number }): Promise<Page> {
    const context = await browser.newContext({ viewport, javaScriptEnabled: false });
    contexts.push(context);
    return context.newPage();
  }

  async function logIn(page: Page, login: string): Promise<void> {
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), launchChromium()]);
    callback = createServer((_request, response) => response.end('<title>app</title>back in the app'));
    await new Promise<void>((done) => callback.listen(0, '127.0.0.1', done));
    const { port } = callback.address() as AddressInfo;
    app = await registerApp(world, { redirect_uris: [`http://127.0.0.1:${port}/callback`] });
  }, 60_000);

  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser?.close();
    callback?.close();
    await world?.stop();
  });

  it.each([
    ['desktop', DESKTOP],
    ['phone', PHONE],
    ['narrow', { width: 320, height: 600 }],
  ])(
    'go from the login over the choice of a member to consent and back to the app (%s)',
    async (name, size) => {
      const page = await openPage(size);
      const { url, state, verifier } = startAuthorization(world, app);
      await page.goto(url);
      await keepFitting(page, `${name}-1-login`);
      await logIn(page, 'paul.parent');
      await keepFitting(page, `${name}-2-choose`);
      await page.getByRole('radio', { name: /Cora Okafor/ }).check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await press(page.getByRole('checkbox', { name: /^Medicines/ }));
      await keepFitting(page, `${name}-3-consent`);
      await page.getByRole('button', { name: 'Agree and share' }).click();
      await page.waitForURL(/\/callback/);
      const answer = new URL(page.url()).searchParams;
      expect(answer.get('state')).toBe(state);
      const { body } = await exchange(world, app, answer.get('code') as string, verifier);
      expect(body['patient']).toBe('cora');
      expect(body['scope']).toMatch(/patient\/Coverage\.rs/);
      expect(body['scope']).not.toMatch(/patient\/Medication/);
    },
  );

  it('return to the app with a refusal', async () => {
    const page = await openPage(DESKTOP);
    await page.goto(startAuthorization(world, app).url);
    await logIn(page, 'maria.many');
    await page.getByRole('button', { name: 'Do not allow' }).click();
    await page.waitForURL(/\/callback/);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  });

  it('say that nothing opened where the app is not installed, and keep a link to it', async () => {
    const uri = 'com.example.app:/callback';
    const native = await registerApp(world, { redirect_uris: [uri], application_type: 'native' });
    const page = await openPage(DESKTOP);
    await page.goto(startAuthorization(world, native, { scope: 'openid' }).url);
    await logIn(page, 'maria.many');
    await page.getByRole('button', { name: 'Agree and share' }).click();
    const link = page.getByRole('link', { name: 'Continue to the app' });
    expect(await link.getAttribute('href')).toMatch(/^com\.example\.app:\/callback\?code=/);
    expect(await page.textContent('main')).toContain('the app is not installed on this device');
    await keepFitting(page, 'desktop-7-not-installed');
  });

  it('lead to http://[::1]:9/callback', async () => {
    const uri = 'http://[::1]:9/callback';
    const native = await registerApp(world, { redirect_uris: [uri], application_type: 'native' });
    const page = await openPage(DESKTOP);
    await page.goto(startAuthorization(world, native, { scope: 'openid' }).url);
    await logIn(page, 'maria.many');
    const [request] = await Promise.all([
      page.waitForRequest((sent) => sent.url().startsWith(`${uri}?code=`)),
      page.getByRole('button', { name: 'Agree and share' }).click(),
    ]);
    expect(request.isNavigationRequest()).toBe(true);
  });

  it('say what was wrong, and keep the page', async () => {
    const page = await openPage(PHONE);
    await page.goto(
      startAuthorization(world, app, { scope: 'launch/patient patient/Observation.rs?category=laboratory' })
        .url,
    );
    await page.getByLabel('User name').fill('nobody');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect(await page.getByRole('alert').textContent()).toMatch(/do not match/);
    for (const label of ['User name', 'Password']) {
      const field = page.getByLabel(label);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      const about = `#${await field.getAttribute('aria-describedby')}`;
      expect(await page.locator(about).textContent()).toMatch(/do not match/);
    }
    expect(await page.title()).toMatch(/^Problem: Log in/);
    expect(await page.locator(':focus').getAttribute('role')).toBe('alert');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('id')).toBe('login');
    await keepFitting(page, 'phone-4-wrong');
    await logIn(page, 'maria.many');
    await press(page.getByRole('checkbox', { name: /^Test results/ }));
    await page.getByRole('button', { name: 'Agree and share' }).click();
    expect(await page.getByRole('alert').textContent()).toMatch(/at least one kind/);
    await keepFitting(page, 'phone-5-none');
    await page.goto(startAuthorization(world, app, { redirect_uri: 'https://evil.example/' }).url);
    await keepFitting(page, 'phone-6-error');
  });

  it('work at 200 % zoom and by keyboard alone', async () => {
    const page = await openPage({ width: 640, height: 450 });
    await page.goto(startAuthorization(world, app).url);
    // The first focus is the link to the Spanish page.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('maria.many');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await keepFitting(page, 'zoom-consent');
    await page.getByRole('button', { name: 'Agree and share' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/callback/);
    expect(new URL(page.url()).searchParams.has('code')).toBe(true);
  });
});
