import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { keepFitting } from '../browsers/keep-fitting.ts';
import { secondStepPath, securityPath } from '../../src/domain/urls.ts';
import { exchange, startAuthorization, registerApp } from '../app.ts';
import { authenticatorOf } from '../authenticator.ts';
import { configure } from '../configure.ts';
import { PASSWORD } from '../world.ts';
import { federation, type FederatedWorld, startFederatedWorld } from './world.ts';

const SIZES = [
  ['desktop', { width: 1280, height: 900 }],
  ['phone', { width: 360, height: 740 }],
] as const;

(canRunChromium() ? describe : describe.skip)('ways to log in, in Chromium', () => {
  let all: FederatedWorld;
  let browser: Browser;
  let callback: Server;
  beforeAll(async () => {
    [all, browser] = await Promise.all([startFederatedWorld(), launchChromium()]);
    callback = createServer((_request, response) => response.end('<title>app</title>back in the app'));
    await new Promise<void>((done) => callback.listen(0, '127.0.0.1', done));
    const { port } = callback.address() as AddressInfo;
    all.app = await registerApp(all.world, { redirect_uris: [`http://127.0.0.1:${port}/callback`] });
    all.idp.pages = true;
    await configure(all.world, { nativeApps: true, federation: federation(all.idp) });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    callback?.close();
    await all?.stop();
  });

  async function openPage(viewport: { width: number; height: number }): Promise<Page> {
    const context = await browser.newContext({ viewport, javaScriptEnabled: false });
    return context.newPage();
  }

  it.each(SIZES)('lead over the plan’s site and back to the app (%s)', async (name, size) => {
    const page = await openPage(size);
    const { url, verifier } = startAuthorization(all.world, all.app);
    await page.goto(url);
    await keepFitting(page, `${name}-1-both`);
    await page.getByRole('link', { name: /^Log in with/ }).click();
    expect(page.url()).toContain(all.idp.issuer);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.getByRole('alert').textContent()).toMatch(/did not log in/);
    await keepFitting(page, `${name}-2-cancelled`);
    await page.getByRole('link', { name: /^Log in with/ }).click();
    all.idp.person = 'u-omar';
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('radio', { name: /Lina Haddad/ }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Agree and share' }).click();
    await page.waitForURL(/\/callback/);
    const code = new URL(page.url()).searchParams.get('code') as string;
    expect((await exchange(all.world, all.app, code, verifier)).body['patient']).toBe('lina');
  });

  it.each(SIZES)('ask for a code once it is set up (%s)', async (name, size) => {
    await all.world.db.query('TRUNCATE second_factor, throttle CASCADE');
    const page = await openPage(size);
    await page.goto(`${all.world.url}${securityPath('northwind')}`);
    await keepFitting(page, `${name}-3-nobody`);
    const logIn = async (password: string) => {
      await page.getByLabel('User name').fill('maria.many');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
    };
    await page.goto(startAuthorization(all.world, all.app).url);
    await logIn(PASSWORD);
    await page.goto(`${all.world.url}${secondStepPath('northwind')}`);
    await keepFitting(page, `${name}-4-enrol`);
    const secret = (await page.locator('#scan ~ p code').textContent()) ?? '';
    const authenticator = authenticatorOf(secret);
    await page.getByLabel('Code', { exact: true }).fill(await authenticator.codeBefore());
    await page.getByRole('button', { name: 'Turn on' }).click();
    await keepFitting(page, `${name}-5-on`);
    await page.goto(
      startAuthorization(all.world, all.app, { prompt: 'login', login_hint: 'maria.many' }).url,
    );
    await logIn(PASSWORD);
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await page.getByRole('button', { name: 'Continue' }).click();
    await keepFitting(page, `${name}-6-code`);
    await page.getByLabel('Code', { exact: true }).fill(authenticator.code());
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Do not allow' }).click();
    await page.waitForURL(/\/callback/);
  });
});
