/** What happens to a plan with Keycloak after the first day: docs/identity-provider.md, from top to bottom. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MEMBER_NUMBER } from '@patient-access/keycloak';
import { canRunChromium, launchChromium, waitUntil } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { type BrowserApp, serveBrowserApp } from '../installation/browser-app.ts';
import { memberOf } from '../installation/world.ts';
import * as plan from './plan.ts';

const SCIM_TOKEN = 'the token of the journey, long enough';
/** It must not have the name of its login in it. */
const BREAK_GLASS = 'behind a small red door';
const own = (id: string, name: string) => [{ id, relationship: 'self', name }];
const { patientId } = memberOf(plan.plan, 'many');
/** Two seconds are published. */
const ENDED_WITHIN_MS = 5_000;

(canRunChromium() ? describe : describe.skip)('a plan with Keycloak, later', () => {
  let browser: Browser;
  let app: BrowserApp;
  let clientId: string;
  let omar: string;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), serveBrowserApp()]);
    clientId = await plan.registerBrowserApp(app, 'Health Diary');
    await plan.configurePlan(plan.SETTINGS);
    omar = await plan.addPerson('omar', 'K-2001', own(patientId, 'Omar Haddad'));
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** Connects the app in a browser of its own. */
  async function connect(username: string): Promise<Page> {
    const page = await plan.leaveForKeycloak(browser, app, clientId);
    await plan.logInAtKeycloak(page, username);
    await plan.agreeToApp(page, app);
    return page;
  }
  const status = (page: Page): Promise<number> =>
    page.evaluate(`client.request('Patient/' + client.patient.id).then(() => 200, ({ status }) => status)`);
  const expectEnded = async (page: Page): Promise<void> => {
    await waitUntil(async () => (await status(page)) === 401, {
      withinMs: ENDED_WITHIN_MS,
      failure: () => 'still read',
    });
  };
  const subjectOf = (page: Page): Promise<string> => page.evaluate('client.getIdToken().sub');

  test('lets a delegate choose whose data an app sees', async () => {
    const child = memberOf(plan.plan, 'ordinary').patientId;
    await plan.addPerson('petra', 'K-2002', [{ id: child, relationship: 'child', name: 'Lina Haddad' }]);
    const page = await connect('petra');
    expect(await page.evaluate('client.state.tokenResponse')).toMatchObject({ patient: child });
  });

  test('rotates its keys, and the next login works at once', async () => {
    await connect('omar');
    const { body } = await plan.keycloak.call<{ id: string }>('GET', `/${plan.realm.name}`);
    await plan.keycloak.call('POST', `/${plan.realm.name}/components`, {
      name: 'rotated',
      parentId: body.id,
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      config: {
        priority: ['500'],
        algorithm: ['RS256'],
        keySize: ['2048'],
        active: ['true'],
        enabled: ['true'],
      },
    });
    await connect('omar');
  });

  test('asks for a new login where the one before is too weak', async () => {
    const { federation } = plan.SETTINGS;
    await plan.configurePlan({ ...plan.SETTINGS, federation: { ...federation, require: { acr: '1' } } });
    const page = await connect('omar');
    // Keycloak answers a login by its cookie with acr 0.
    await page.context().clearCookies({ domain: new URL(plan.at).hostname, name: `${plan.plan.id}-session` });
    await page.goto(app.launchUrl({ clientId, scope: plan.APP_SCOPE, iss: plan.plan.fhirBase }));
    await page.getByRole('link', { name: /^Log in with/ }).click();
    await page.locator('#password').fill(plan.passwordOf('omar'));
    await plan.keep(page, '4-step-up');
    await page.locator('#kc-login').click();
    await plan.agreeToApp(page, app);
    await plan.configurePlan(plan.SETTINGS);
  });

  test('is told by Keycloak that somebody has logged out there', async () => {
    const page = await connect('omar');
    await page.goto(`${plan.at}/apps`);
    expect(await page.locator('main').innerText()).toContain('Health Diary');
    await plan.keycloak.call('POST', `/${plan.realm.name}/users/${omar}/logout`);
    await page.goto(`${plan.at}/apps`);
    expect(await page.getByRole('link', { name: /^Log in with/ }).count()).toBe(1);
  });

  test('logs out at Keycloak too, and the next login asks for the password', async () => {
    const page = await connect('omar');
    await plan.logOutAtBoth(page);
    await plan.keep(page, '5-logged-out');
    await page.goto(app.launchUrl({ clientId, scope: plan.APP_SCOPE, iss: plan.plan.fhirBase }));
    await page.getByRole('link', { name: /^Log in with/ }).click();
    await page.locator('#password').waitFor();
  });

  test('ends what a disabled person has, by her number', async () => {
    const nora = await plan.addPerson('nora', 'K-2003', own(patientId, 'Nora Haddad'));
    const page = await connect('nora');
    await plan.keycloak.call('PUT', `/${plan.realm.name}/users/${nora}`, { enabled: false });
    expect(await status(page)).toBe(200);
    await plan.runAdmin(['member', 'end', '--tenant', plan.plan.id, '--number', 'K-2003']);
    await expectEnded(page);
  });

  test('ends what a person has over SCIM', async () => {
    const { federation } = plan.SETTINGS;
    await plan.configurePlan({ ...plan.SETTINGS, federation: { ...federation, scimToken: SCIM_TOKEN } });
    const page = await connect('omar');
    const scim = async (method: string, path: string, body: object) => {
      const headers = { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' };
      const answer = await fetch(`${plan.at}/scim/v2/${path}`, {
        method,
        headers,
        body: JSON.stringify(body),
      });
      return (await answer.json()) as Record<string, string>;
    };
    const { id = '' } = await scim('POST', 'Users', { userName: 'omar', externalId: omar });
    await scim('PATCH', `Users/${id}`, { Operations: [{ op: 'replace', value: { active: false } }] });
    await expectEnded(page);
    const refused = await plan.leaveForKeycloak(browser, app, clientId);
    await plan.logInAtKeycloak(refused, 'omar');
    expect(await refused.getByRole('alert').innerText()).toContain('has ended this login');
    await plan.keep(refused, '6-not-active');
    await scim('PATCH', `Users/${id}`, { Operations: [{ op: 'replace', value: { active: true } }] });
    await plan.configurePlan(plan.SETTINGS);
  });

  test('deletes a user and makes her anew: the plan moves her link, and she keeps her account', async () => {
    const first = await plan.addPerson('ida', 'K-2004', own(patientId, 'Ida Haddad'));
    const sub = await subjectOf(await connect('ida'));
    await plan.keycloak.call('DELETE', `/${plan.realm.name}/users/${first}`);
    const second = await plan.addPerson('ida', 'K-2004', own(patientId, 'Ida Haddad'));
    const refused = await plan.leaveForKeycloak(browser, app, clientId);
    await plan.logInAtKeycloak(refused, 'ida');
    expect(await refused.getByRole('alert').innerText()).toContain('Another login already uses');
    const move = ['identity', 'move-subject', '--tenant', plan.plan.id, '--subject', first, '--to', second];
    await plan.runAdmin(move);
    expect(await subjectOf(await connect('ida'))).toBe(sub);
  });

  test('is tested by staff, who are warned when people can edit their own number', async () => {
    const profile = `/${plan.realm.name}/users/profile`;
    const { body: before } = await plan.keycloak.call<{ attributes: { name: string }[] }>('GET', profile);
    const attributes = before.attributes.filter(({ name }) => name !== MEMBER_NUMBER);
    const outcome = async (shot: string): Promise<string> => {
      const page = await plan.beginTestLogin(browser);
      await plan.logInAtKeycloak(page, 'omar');
      await page.getByRole('heading', { name: 'Who it is' }).waitFor();
      await plan.keep(page, shot);
      return page.locator('main').innerText();
    };
    const safe = await outcome('7-test-login');
    expect(safe).toContain('would be let in');
    expect(safe).toContain('Omar Haddad');
    expect(safe).not.toContain('can become somebody else');
    await plan.keycloak.call('PUT', profile, { ...before, attributes, unmanagedAttributePolicy: 'ENABLED' });
    try {
      expect(await outcome('8-editable-number')).toContain('so she can become somebody else');
    } finally {
      await plan.keycloak.call('PUT', profile, before);
    }
  });

  test('has auditors, by a group of Keycloak, and a break-glass login', async () => {
    await plan.addToGroup(omar, 'patient-access-auditors');
    const { federation } = plan.SETTINGS;
    const auditors = { claim: 'groups', values: ['patient-access-auditors'] };
    await plan.configurePlan({ ...plan.SETTINGS, federation: { ...federation, auditors } });
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${plan.at}/console`);
    await page.getByRole('link', { name: /^Log in with/ }).click();
    await plan.logInAtKeycloak(page, 'omar');
    await page.waitForURL('**/audit/northwind/**');
    await plan.keep(page, '10-audit-console');
    const create = ['auditor', 'create', '--tenant', plan.plan.id, '--login', 'glass', '--break-glass'];
    await plan.runAdmin([...create, '--password-stdin'], BREAK_GLASS);
    const emergency = await (await browser.newContext()).newPage();
    await emergency.goto(`${plan.at}/console`);
    await emergency.getByText('Break-glass login').click();
    await emergency.locator('#login').fill('glass');
    await emergency.locator('#password').fill(BREAK_GLASS);
    await plan.keep(emergency, '11-break-glass');
    await emergency.getByRole('button', { name: 'Log in', exact: true }).click();
    await emergency.waitForURL('**/audit/northwind/**');
    await plan.configurePlan(plan.SETTINGS);
  });

  test('is launched from the portal', async () => {
    const words = ['portal', 'create', '--tenant', plan.plan.id, '--name', 'Member Portal'];
    const portal = JSON.parse(await plan.runAdmin(words)) as Record<string, string>;
    const credentials = Buffer.from(`${portal['client_id']}:${portal['client_secret']}`).toString('base64');
    const opened = await fetch(`${plan.plan.issuer}/launch`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      body: JSON.stringify({ patient: patientId, app_client_id: clientId }),
    });
    const { launch } = (await opened.json()) as { launch: string };
    const page = await (await browser.newContext()).newPage();
    const scope = 'launch openid fhirUser patient/Patient.rs';
    await page.goto(app.launchUrl({ clientId, scope, iss: plan.plan.fhirBase, launch }));
    await page.getByRole('link', { name: /^Log in with/ }).click();
    await plan.logInAtKeycloak(page, 'omar');
    await plan.agreeToApp(page, app);
    expect(await status(page)).toBe(200);
  });

  test('gets another address: its people keep their accounts', async () => {
    const sub = await subjectOf(await connect('omar'));
    const renamed = plan.realm.issuer.replace(/plan$/, 'renamed');
    await plan.keycloak.call('PUT', `/${plan.realm.name}`, { realm: 'renamed' });
    try {
      await plan.configurePlan({
        ...plan.SETTINGS,
        federation: { ...plan.SETTINGS.federation, issuer: renamed },
      });
      const words = ['identity', 'move-issuer', '--tenant', plan.plan.id];
      await plan.runAdmin([...words, '--from', plan.realm.issuer, '--to', renamed]);
      const page = await plan.leaveForKeycloak(browser, app, clientId);
      await plan.logInAtKeycloak(page, 'omar', renamed);
      await plan.agreeToApp(page, app);
      expect(await subjectOf(page)).toBe(sub);
    } finally {
      await plan.keycloak.call('PUT', '/renamed', { realm: plan.realm.name });
    }
  });
});
