import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { keepFitting } from '../browsers/keep-fitting.ts';
import { registerApp } from '../app.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { TrailOfReads } from './trail-of-reads.ts';

const SIZES = [
  ['desktop', { width: 1280, height: 900 }],
  ['phone', { width: 360, height: 740 }],
] as const;
const MANY_APPS = 30;
const LONG_NAME = 'Supercalifragilisticexpialidocious-Health-Companion-And-Family-Diary-Extra-80';

(canRunChromium() ? describe : describe.skip)('connected apps in Chromium', () => {
  let world: World;
  let browser: Browser;
  const trail = new TrailOfReads();
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    const auditUrl = await trail.start();
    [world, browser] = await Promise.all([startWorld({ auditUrl }), launchChromium()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser?.close();
    await world?.stop();
    trail.stop();
  });

  async function openApps(viewport: { width: number; height: number }, login: string): Promise<Page> {
    const context = await browser.newContext({ viewport, javaScriptEnabled: false });
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(tenantOf(world).appsPage);
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    return page;
  }

  /** Inserts consents directly, in place of thirty rounds through the consent page. */
  async function agreed(login: string, name: string, scope: string, member: string | null, change = '') {
    const app = await registerApp(world, { client_name: name });
    await world.db.query(
      `INSERT INTO consent (tenant, grant_id, sub, member, client_id, client_name, requested_scope, scope, declined,
                            text_version, until)
       SELECT tenant, md5(gen_random_uuid()::text), sub, $3, $4, $5, $2, $2, '{}', 'test', now() + interval '90 days'
         FROM account WHERE tenant = 'northwind' AND login = $1`,
      [login, scope, member, app.client_id, name],
    );
    if (change) await world.db.query(`UPDATE consent SET ${change} WHERE client_id = $1`, [app.client_id]);
    return app.client_id;
  }

  // The first page that is opened: auth-service keeps for an hour what apps asked for last.
  it('names what an app does not read', async () => {
    const long = `granted_at = now() - interval '91 days'`;
    const kinds = ['Coverage', 'Observation', 'Procedure', 'DocumentReference'];
    const scope = kinds.map((type) => `patient/${type}.rs`).join(' ');
    await agreed('gina.guardian', 'Idle Diary', scope, 'cora', long);
    const used = await agreed('gina.guardian', LONG_NAME, scope, 'cora', long);
    trail.client = used;
    trail.lastReads = [{ type: 'Coverage', day: new Date().toISOString().slice(0, 'yyyy-mm-dd'.length) }];
    await world.db.query(
      `INSERT INTO grant_use SELECT tenant, grant_id, now() FROM consent WHERE client_id = $1`,
      [used],
    );
    for (const [name, size] of SIZES) {
      const page = await openApps(size, 'gina.guardian');
      await keepFitting(page, `${name}-apps-unread`);
      expect(await page.getByRole('button', { name: /^Take this back – Super/ }).isVisible()).toBe(true);
      await page.goto(`${tenantOf(world).appsPage}?lang=es`);
      await keepFitting(page, `${name}-apps-unread-es`);
    }
  });

  it.each(SIZES)('shows the empty page (%s)', async (name, size) => {
    const page = await openApps(size, 'maria.many');
    await keepFitting(page, `${name}-apps-empty`);
    await page.getByRole('button', { name: 'Log out' }).click();
    await keepFitting(page, `${name}-apps-logged-out`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('You are logged out');
    await page.getByRole('link', { name: 'Log in' }).click();
    expect(await page.getByLabel('Password').isVisible()).toBe(true);
  });

  it('revokes after a question, by keyboard alone', async () => {
    const diary = 'patient/Coverage.rs patient/Observation.rs?category=laboratory';
    await agreed('paul.parent', 'Health Diary', `openid fhirUser ${diary}`, 'paul');
    await agreed('paul.parent', 'All My Records', 'patient/*.rs', 'paul');
    await agreed('paul.parent', 'Vaccine Card', 'patient/Immunization.rs', 'cora');
    await agreed('paul.parent', LONG_NAME, 'openid fhirUser', null);
    await agreed(
      'paul.parent',
      'Pill Reminder',
      'patient/MedicationRequest.rs',
      'selma',
      `until = now() - interval '3 days'`,
    );
    for (const [name, size] of SIZES) {
      const page = await openApps(size, 'paul.parent');
      await keepFitting(page, `${name}-apps-family`);
      for (const link of [/^Receipt – Pill Reminder/, /^What happens to your data/])
        expect((await page.getByRole('link', { name: link }).boundingBox())?.height).toBeGreaterThanOrEqual(
          24,
        );
      await page
        .getByRole('link', { name: /Revoke access – (Health Diary|All My Records)/ })
        .first()
        .focus();
      await page.keyboard.press('Enter');
      await keepFitting(page, `${name}-apps-revoke`);
      await page.getByRole('button', { name: 'Revoke access' }).focus();
      await page.keyboard.press('Enter');
      await keepFitting(page, `${name}-apps-revoked`);
      // A screen reader says what has the focus when the page opens, and no status that is there already.
      expect(await page.locator(':focus').textContent()).toMatch(/can no longer see your data/);
    }
  });

  it('is not wider than a phone for a login that is a long address', async () => {
    const login = 'maximiliane.wolfeschlegelsteinhausenbergerdorff@krankenversicherung.example';
    await world.db.query(`UPDATE account SET login = $1 WHERE login = 'rita.related'`, [login]);
    for (const [name, size] of SIZES)
      await keepFitting(await openApps(size, login), `${name}-apps-long-login`);
  });

  it('stays readable with many apps and long names', async () => {
    for (let index = 0; index < MANY_APPS; index += 1) {
      const name = index % 7 === 0 ? LONG_NAME : `App number ${index}`;
      await agreed('maria.many', name, 'patient/Coverage.rs patient/Condition.rs', 'maria');
    }
    for (const [name, size] of SIZES) {
      const page = await openApps(size, 'maria.many');
      expect(await page.getByRole('article').count()).toBe(MANY_APPS);
      await keepFitting(page, `${name}-apps-many`);
    }
  }, 60_000);
});
