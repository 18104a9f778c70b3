/**
 * A script on the origin of the developer site, against the pages of a member who is logged in. The browser ignores the
 * site's own policy, as if the attacker had got round it: what is tried here is the public host alone.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FhirClient } from '@patient-access/first-call';
import { readPreview } from '@patient-access/preview';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { connect, directory, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const { publicUrl, developersUrl } = readPreview(directory);
const { login, password } = memberOf(northwind, 'ordinary');
const REDIRECT = 'http://127.0.0.1:3000/callback';
const APP = 'First Call';

interface Form {
  action: string;
  fields: [name: string, value: string][];
}

/** The form with this button, and everything that its fields have, as only the member's own page knows it. */
const formOf = (page: Page, button: string): Promise<Form> =>
  page.evaluate<Form>(`(() => {
    const form = document.querySelector('button[value=${button}]').form;
    // A button is named action, too, so the property would be the button.
    const action = new URL(form.getAttribute('action') ?? '', location.href).href;
    return { action, fields: [...new FormData(form)].map(([name, value]) => [name, String(value)]) };
  })()`);

/** Asks for the consent page of a new app. */
async function authorizeUrl(): Promise<string> {
  const answer = await fetch(`${northwind.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Attacked App',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
    }),
  });
  const { client_id: clientId } = (await answer.json()) as { client_id: string };
  return `${northwind.issuer}/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT,
    scope: 'launch/patient patient/Coverage.rs',
    state: 'a-state-of-the-app',
    aud: northwind.fhirBase,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString()}`;
}

(canRunChromium() ? describe : describe.skip)('a script on the origin of the developer site', () => {
  let browser: Browser;
  let context: BrowserContext;
  let member: Page;
  let site: Page;
  let app: FhirClient;

  beforeAll(async () => {
    app = (await connect(northwind, 'ordinary')).client;
    browser = await launchChromium();
    context = await browser.newContext({ bypassCSP: true });
    member = await context.newPage();
    await member.goto(northwind.appsPage);
    await member.getByLabel('User name').fill(login);
    await member.getByLabel('Password').fill(password);
    await member.getByRole('button', { name: 'Log in', exact: true }).click();
    await member.getByText(APP).first().waitFor();
    site = await context.newPage();
    await site.goto(`${developersUrl}/start`);
  });
  afterAll(() => browser?.close());

  /** Posts a form from the site into a window of its own. @returns the status that the window got */
  async function post({ action, fields }: Form): Promise<number> {
    const opened = context.waitForEvent('page');
    const answered = context.waitForEvent('response', (response) => response.url().startsWith(action));
    await site.evaluate(`(() => {
      const form = Object.assign(document.createElement('form'), { method: 'post', target: '_blank' });
      form.setAttribute('action', ${JSON.stringify(action)});
      for (const [name, value] of ${JSON.stringify(fields)})
        form.append(Object.assign(document.createElement('input'), { name, value, type: 'hidden' }));
      document.body.append(form);
      form.submit();
    })()`);
    const [window, answer] = await Promise.all([opened, answered]);
    const status = answer.status();
    await window.close();
    return status;
  }

  test('finds no cookie of the member, and is sent none', async () => {
    expect(await context.cookies(publicUrl)).not.toEqual([]);
    expect(await site.evaluate('document.cookie')).toBe('');
    expect(await context.cookies(developersUrl)).toEqual([]);
  });

  test('cannot read the pages of the member, however it asks', async () => {
    const read = (options: string) =>
      site.evaluate(
        `fetch(${JSON.stringify(northwind.appsPage)}, ${options}).then(
          async (answer) => answer.type + ' ' + (await answer.text()), () => 'refused')`,
      );
    expect(await read(`{ credentials: 'include' }`)).toBe('refused');
    expect(await read(`{ credentials: 'include', mode: 'no-cors' }`)).toMatch(/^(?:opaque $|refused$)/);
    // The member herself sees them: it is not an empty page.
    expect(await member.content()).toContain(APP);
  });

  test('cannot show them in a frame', async () => {
    await site.evaluate(`new Promise((done) => {
      const frame = Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(northwind.appsPage)} });
      frame.onload = done;
      document.body.append(frame);
    })`);
    expect(await site.evaluate(`document.querySelector('iframe').contentDocument`)).toBeNull();
    const frames = site.frames().filter((frame) => frame !== site.mainFrame());
    const shown = await Promise.all(frames.map((frame) => frame.content().catch(() => '')));
    expect(frames).toHaveLength(1);
    expect(shown.join('')).not.toContain(APP);
  });

  test('cannot look into a window that it opens', async () => {
    const opened = context.waitForEvent('page');
    const seen = site.evaluate(`new Promise((done) => {
      const popup = window.open(${JSON.stringify(northwind.appsPage)});
      const look = () => {
        if (popup.closed) return done('severed');
        try { if (popup.document.body?.innerText) done(popup.document.body.innerText); else setTimeout(look, 50); }
        catch { done('refused'); }
      };
      look();
    })`);
    const window = await opened;
    await window.getByText(APP).first().waitFor();
    expect(await seen).toMatch(/^(?:severed|refused)$/);
    await window.close();
  });

  test('cannot end a connection, even if it knew the token of the form', async () => {
    await member.goto(northwind.appsPage);
    await member
      .getByRole('link', { name: `Revoke access – ${APP}` })
      .first()
      .click();
    await member.getByRole('button', { name: 'Revoke access' }).waitFor();
    const { action, fields } = await formOf(member, 'revoke');
    expect(fields.map(([name]) => name)).toContain('token');
    await post({ action, fields: [...fields, ['action', 'revoke']] });
    expect((await app.get('Patient')).status).toBe(200);
    await member.goto(action);
    await member.getByRole('button', { name: 'Revoke access' }).waitFor();
  });

  test('cannot agree for the member, even if it knew the token of the page', async () => {
    const consent = await context.newPage();
    await consent.goto(await authorizeUrl());
    await consent.getByRole('button', { name: 'Agree and share' }).waitFor();
    const form = await formOf(consent, 'agree');
    const agreed = { ...form, fields: [...form.fields, ['action', 'agree'] as [string, string]] };
    expect(await post(agreed)).toBeGreaterThanOrEqual(400);
    // Nothing was decided: the member's own press still counts.
    await consent.route(`${REDIRECT}**`, (route) => route.fulfill({ body: 'the app' }));
    await consent.getByRole('button', { name: 'Agree and share' }).click();
    await consent.waitForURL(`${REDIRECT}**`);
    expect(new URL(consent.url()).searchParams.get('code')).toBeTruthy();
    await consent.close();
  });

  test('cannot log in for the member at a page that it opened', async () => {
    const other = await browser.newContext({ bypassCSP: true });
    const page = await other.newPage();
    await page.goto(northwind.appsPage);
    await page.getByLabel('Password').waitFor();
    const form = await formOf(page, 'login');
    const known = form.fields.filter(([name]) => !['login', 'password', 'action'].includes(name));
    const fields: Form['fields'] = [...known, ['login', login], ['password', password], ['action', 'login']];
    expect(await post({ action: form.action, fields })).toBeGreaterThanOrEqual(400);
    await other.close();
  });
});
