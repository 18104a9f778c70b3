/** The client library of most SMART apps, in the browser of most members. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { type BrowserApp, serveBrowserApp } from '../installation/browser-app.ts';
import { runToEnd } from '../installation/installation.ts';
import { importManyClaims } from '../installation/many-claims.ts';
import { adminSettings, memberOf, world } from '../installation/world.ts';

const { lakeside } = world();
const { login, password, patientId } = memberOf(lakeside, 'many');
const DATA = 'patient/Patient.rs patient/Coverage.rs patient/ExplanationOfBenefit.rs';
const STANDALONE = `openid fhirUser launch/patient offline_access ${DATA}`;
const FROM_PORTAL = `launch openid fhirUser ${DATA}`;
/** The design allows two seconds at the 99th percentile. */
const REVOKED_WITHIN_MS = 2_000;
const PORTAL = ['portal', 'create', '--tenant', lakeside.id, '--name', 'Member Portal'];

interface Registered {
  clientId: string;
  scope: string;
  iss: string;
}

(canRunChromium() ? describe : describe.skip)('SMART JS in Chromium', () => {
  let browser: Browser;
  let app: BrowserApp;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), serveBrowserApp()]);
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** Registers the app (RFC 7591), as its developer does once. */
  async function register(name: string, scope: string): Promise<Registered> {
    const response = await fetch(`${lakeside.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: name,
        redirect_uris: [app.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      }),
    });
    const { client_id: clientId } = (await response.json()) as { client_id: string };
    return { clientId, scope, iss: lakeside.fhirBase };
  }

  /** Starts the app and acts as the member until the app is ready. */
  async function start(registered: Registered, launch?: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.goto(app.launchUrl({ ...registered, ...(launch && { launch }) }));
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('button', { name: 'Agree and share' }).click();
    await page.waitForURL(`${app.redirectUri}**`);
    await page.waitForFunction(`document.title !== 'starting'`);
    expect(await page.title()).toBe('ready');
    return page;
  }

  /** Calls the app's client. @returns the result, or the HTTP status of a refusal */
  const call = <Result>(page: Page, expression: string): Promise<Result> =>
    page.evaluate<Result>(`(${expression}).catch(({ status, message }) => ({ status, message }))`);

  test('launches standalone, reads, pages through thousands of claims, refreshes', async () => {
    const imported = await importManyClaims(lakeside, 'many');
    const page = await start(await register('Claims Diary', STANDALONE));
    expect(await call(page, 'client.patient.read()')).toMatchObject({ id: patientId });
    expect(await call(page, 'client.user.read()')).toMatchObject({ id: patientId });
    const [url, ids] = [`ExplanationOfBenefit?patient=${patientId}&_count=50`, 'claims.map(({ id }) => id)'];
    const pages = `client.request('${url}', { pageLimit: 0, flat: true }).then((claims) => ${ids})`;
    const found = await call<string[]>(page, pages);
    expect([new Set(found).size, found.length > imported + 200]).toEqual([found.length, true]);
    const before = await page.evaluate<string>('client.state.tokenResponse.access_token');
    expect(await call(page, 'client.refresh()')).toMatchObject({ tokenResponse: { patient: patientId } });
    expect(await page.evaluate('client.state.tokenResponse.access_token')).not.toBe(before);
    expect(await call(page, `client.request('Patient/${patientId}')`)).toMatchObject({ id: patientId });
  });

  test('is launched from the plan’s portal', async () => {
    const { said } = await runToEnd('apps/auth-service/dist/admin.js', PORTAL, adminSettings());
    const { client_id, client_secret } = JSON.parse(said) as Record<string, string>;
    const credentials = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
    const registered = await register('Coverage Card', FROM_PORTAL);
    const opened = await fetch(`${lakeside.issuer}/launch`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      body: JSON.stringify({ patient: patientId, intent: 'coverage', app_client_id: registered.clientId }),
    });
    const { launch } = (await opened.json()) as { launch: string };
    const page = await start(registered, launch);
    expect(await page.evaluate('client.state.tokenResponse')).toMatchObject({
      patient: patientId,
      intent: 'coverage',
      tenant: lakeside.id,
    });
    expect(await call(page, 'client.patient.read()')).toMatchObject({ id: patientId });
  });

  test('loses its access when the member revokes it', async () => {
    const page = await start(await register('Short Story', STANDALONE));
    expect(await call(page, 'client.patient.read()')).toMatchObject({ id: patientId });
    const apps = await page.context().newPage();
    await apps.goto(lakeside.appsPage);
    await apps.getByRole('link', { name: /Revoke access – Short Story/ }).click();
    await apps.getByRole('button', { name: 'Revoke access' }).click();
    await apps.getByRole('status').waitFor();
    const from = Date.now();
    const read = `fetch('${lakeside.fhirBase}/Patient/${patientId}', { headers: {
      authorization: 'Bearer ' + client.state.tokenResponse.access_token } }).then(({ status }) => status)`;
    while ((await page.evaluate(read)) !== 401) expect(Date.now() - from).toBeLessThan(REVOKED_WITHIN_MS);
    const refused = { status: 400, message: expect.stringContaining('invalid_grant') };
    expect(await call(page, 'client.refresh()')).toMatchObject(refused);
    expect(await call(page, 'client.patient.read()')).toMatchObject({ status: 401 });
  });
});
