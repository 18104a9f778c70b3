/** Texts of an app are shown as its claims and as text, never as markup (security cases O14, O15). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'oidc-provider';
import { startAuthorization, openAndLogIn, post, registerApp, type RegisteredApp } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { appFacts } from '../../src/domain/apps/app-facts.ts';
import { readPage } from './page.ts';
import { vouchFor } from './world.ts';

const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus=alert(1) x='",
  '</title><svg onload=alert(1)>',
  '{{constructor.constructor("alert(1)")()}}',
  '&lt;script&gt;',
  'Medi\u202Eeracid\u202C\u200B\u0000\u001B[31m',
  'javascript:alert(1)//',
];

const URLS = [
  'javascript:alert(1)',
  'JAVASCRIPT:alert(1)',
  ' javascript:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'http://app.example/',
  '//evil.example/',
  'https://plan.example@evil.example/',
  'https://u:p@evil.example/',
  'blob:https://app.example/x',
  `https://app.example/${'x'.repeat(600)}`,
  'https://',
  '',
];

/** Markup that appears only if a text of the app is not escaped: elements, handlers, links. */
function alive(html: string): string[] {
  const tags = html.match(/<[a-z][^<>]*>/gi) ?? [];
  return tags.filter((tag) => {
    const bare = tag.replace(/"[^"]*"/g, '""');
    const href = / href="([^"]*)"/.exec(tag)?.[1] ?? '?';
    return (
      /^<(script|img|svg|iframe|object|embed|base|meta http)|\s(on\w+|style|src|autofocus)/i.test(bare) ||
      !/^(https:\/\/|\?|\/auth\/style\.css|\/auth\/northwind\/(?:help|apps)$|http:\/\/127\.0\.0\.1:\d+\/docs\/errors#[a-z-]+$)/.test(
        href,
      )
    );
  });
}

describe('facts about an app', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  async function consentPageOf(app: RegisteredApp): Promise<BrowserPage> {
    return (
      await openAndLogIn(
        world,
        startAuthorization(world, app, { scope: 'launch/patient patient/Coverage.rs' }).url,
      )
    )[1];
  }

  it('SMART 120: are claims, under a warning, when the app registered itself', async () => {
    const app = await registerApp(world, {
      publisher: 'Diary Works',
      verified_domain: 'medicare.gov',
      verified: true,
      client_uri: 'https://diary.example/home',
      policy_uri: 'https://diary.example/privacy?a=1&b=2',
      contacts: ['help@diary.example'],
    });
    expect(app).not.toHaveProperty('verified_domain');
    const { html } = await consentPageOf(app);
    expect(html).toContain('Not verified by your plan');
    expect(html).toContain('What the app says about itself');
    // A screen reader says the name of the part before the plan's own warning.
    expect(html).toMatch(/aria-label="About the app">\s*<div class="warning">/);
    expect(html).not.toContain('medicare.gov');
    const { facts, links } = readPage(html);
    expect(facts).toMatchObject({
      'Made by': 'Diary Works',
      Website: 'diary.example (opens in a new tab)',
      Contact: 'help@diary.example',
      'Privacy policy': 'diary.example (opens in a new tab)',
      'You will go back to': 'app.example',
    });
    const outside = links.filter(({ href }) => href.startsWith('https:'));
    expect(outside.map(({ href }) => href)).toContain('https://diary.example/privacy?a=1&b=2');
    for (const { tag } of outside) expect(tag).toMatch(/target="_blank" rel="noopener noreferrer"/);
  });

  it('SMART 120: are facts with a domain, when the plan has verified the app', async () => {
    const app = await registerApp(world);
    await vouchFor(world, app);
    const { html } = await consentPageOf(app);
    expect(html).toContain('Verified by Northwind Health Plan');
    expect(html).not.toContain('Not verified');
    expect(readPage(html).facts).toMatchObject({ 'Made by': 'Example Apps, Inc.', Website: 'app.example' });
  });

  it('SMART 120: say when there is no privacy policy', async () => {
    const { facts } = readPage((await consentPageOf(await registerApp(world))).html);
    expect(facts['Privacy policy']).toBe('The app did not give one');
  });

  it('O14: show the name of an app as text on every page', async () => {
    for (const text of PAYLOADS) {
      const app = await registerApp(world, { client_name: text, publisher: text });
      const browser = new Browser(world.url);
      const hint = { state: text, login_hint: text, ui_locales: text, nonce: text };
      const scope = `openid launch/patient patient/Observation.rs?category=${encodeURIComponent(text)} patient/Goal.rs`;
      const plain = 'openid launch/patient patient/Goal.rs';
      const first = await browser.open(startAuthorization(world, app, { ...hint, scope }).url);
      // The search grammar refuses some values, and these requests return to the app. The other texts are tried.
      const login =
        first.status === 200
          ? first
          : await browser.open(startAuthorization(world, app, { ...hint, scope: plain }).url);
      const chooser = await browser.logIn(login, 'paul.parent', PASSWORD);
      const consent = await browser.submit(chooser, 'choose', (form) => form.set('member', 'cora'));
      const error = await browser.open(startAuthorization(world, app, { client_id: text, scope: text }).url);
      for (const { html } of [login, chooser, consent, error]) {
        expect(alive(html)).toEqual([]);
        expect(html).not.toMatch(/[\u202A-\u202E\u200B\u0000\u001B]/);
      }
      expect([login.status, chooser.status, consent.status, error.status]).toEqual([200, 200, 200, 400]);
    }
  });

  it('O14: contain links to plain https addresses only', async () => {
    for (const url of URLS) {
      const metadata = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' };
      const { status, body } = await post(`${tenantOf(world).issuer}/register`, {
        ...metadata,
        client_uri: url,
        policy_uri: url,
        tos_uri: url,
      });
      if (status === 201) {
        const app = {
          ...(body as unknown as RegisteredApp),
          tenant: 'northwind',
          redirect_uri: 'https://app.example/cb',
        };
        const { html } = await consentPageOf(app);
        expect(alive(html)).toEqual([]);
        const ofApp = readPage(html).links.filter(
          ({ href }) => !/^(?:\?|\/auth\/northwind\/(?:help|apps)$)/.test(href),
        );
        expect(ofApp).toEqual([]);
      } else expect(status).toBe(400);
    }
  }, 60_000);

  it.each(URLS)('O14: do not link to %j', (url) => {
    const client = { clientUri: url, policyUri: url, tosUri: url, verified: true } as unknown as Client;
    expect(appFacts(client, 'x')).toEqual({ name: 'x', verified: true });
  });

  it('O15: show the publisher in one line, without characters that turn text around', () => {
    const facts = (publisher: unknown) => appFacts({ publisher } as unknown as Client, 'x').publisher;
    expect(facts('Med\u202Eicare\n\u200B Inc')).toBe('Medicare Inc');
    expect(facts('x'.repeat(1_000))).toHaveLength(120);
    for (const nothing of [{ a: 1 }, ['x'], 5, null, '\u200B', '']) expect(facts(nothing)).toBeUndefined();
  });
});
