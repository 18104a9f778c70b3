/** What the login of an auditor can do, and what it cannot. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createPool, type Pool } from '@patient-access/database';
import { saveAccount, saveAuditor } from '../../src/domain/administration/logins/accounts.ts';
import { setLoginPassword } from '../../src/domain/administration/logins/logins.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { administrationOf } from '../administration.ts';
import { startAuthorization, openAndLogIn, redirected, registerApp } from '../app.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { Browser, hiddenFields } from '../browser.ts';
import { GATEWAY_BASIC, PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const LOGIN = 'audrey.auditor';

describe('an auditor’s login', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 1 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const door = (tenant = 'northwind') => `${world.url}/auth/${tenant}/console`;
  const whoIs = (cookie: string, tenant = 'northwind', authorization = GATEWAY_BASIC) =>
    fetch(`${world.url}/internal/${tenant}/auditor-session`, { headers: { cookie, authorization } });

  async function logIn(login = LOGIN): Promise<[Browser, string | null]> {
    const browser = new Browser(world.url);
    const form = await browser.open(door());
    expect(wordsOf(form)).toContain('Log in to open the audit console.');
    // The console itself is behind the gateway, which does not run here.
    const page = await browser.logIn(form, login, PASSWORD);
    return [browser, page.url];
  }

  it('leads from the entry page to the console', async () => {
    const [browser, url] = await logIn();
    expect(url).toBe(`${world.url}/audit/northwind/`);
    const page = await browser.open(door());
    expect([page.status, wordsOf(page)]).toEqual([200, expect.stringContaining('Open the audit console')]);
  });

  it('gets an introspection JWT that owners accept', async () => {
    const [browser] = await logIn();
    const answer = await whoIs(browser.cookieHeader(door()));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { issuer, fhirBase } = tenantOf(world);
    const keys = createRemoteJWKSet(new URL(`${issuer}/keys`));
    const { payload } = await jwtVerify(await answer.text(), keys, {
      issuer,
      audience: 'fhir-gateway',
      typ: 'token-introspection+jwt',
      algorithms: ['ES256'],
      maxTokenAge: 8,
    });
    expect(payload['token_introspection']).toEqual({
      active: true,
      iss: issuer,
      aud: fhirBase,
      tenant: 'northwind',
      client_id: 'audit-console',
      client_name: 'Audit console',
      grant_id: 'audit-console',
      role: 'auditor',
      username: LOGIN,
      scope: 'user/AuditEvent.rs',
      sub: expect.any(String),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
  });

  it('gets no introspection JWT without a session, at another tenant, or for another caller than the gateway', async () => {
    const [browser] = await logIn();
    const cookie = browser.cookieHeader(door());
    const warned = jest.spyOn(Logger, 'warn');
    expect((await whoIs('')).status).toBe(401);
    // Whoever opens the console is asked to log in first: that is nothing to warn of.
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
    expect((await whoIs(cookie, 'lakeside')).status).toBe(401);
    expect((await whoIs(cookie, 'nowhere')).status).toBe(401);
    expect((await whoIs(cookie, 'northwind', 'Basic eDp5')).status).toBe(401);
    const body = hiddenFields(await browser.open(door())).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await browser.open(`${world.url}/auth/northwind/log-out`, { method: 'POST', body, headers });
    expect((await whoIs(cookie)).status).toBe(401);
  });

  it('is required: a member’s login gets no introspection JWT, and the entry page says why', async () => {
    const { browser } = await openApps(world);
    const page = await browser.open(door());
    expect([page.status, wordsOf(page)]).toEqual([
      403,
      expect.stringContaining('This login is not an auditor’s.'),
    ]);
    expect((await whoIs(browser.cookieHeader(door()))).status).toBe(403);
  });

  it('opens no member’s data: there is no member to choose and nothing to agree to', async () => {
    const app = await registerApp(world);
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url, LOGIN);
    expect(wordsOf(page)).toContain('This login is not for any member’s data');
    const chosen = await browser.submit(page, 'choose', (fields) => fields.set('member', 'maria'));
    expect(chosen.status).toBe(400);
    expect(redirected(await browser.submit(chosen, 'deny')).get('error')).toBe('access_denied');
    expect(wordsOf(await browser.open(`${world.url}/auth/northwind/access`))).toContain('nothing to show');
  });

  it('can never be given a member, and a member’s login can never become an auditor’s', async () => {
    const prisma = createPrisma(pool);
    const patients = [{ id: 'maria', relationship: 'self', name: 'Maria' }];
    const asMember = { tenant: 'northwind', login: LOGIN, password: PASSWORD, patients };
    await expect(saveAccount(prisma, asMember)).rejects.toThrow(/stands for somebody else/);
    const asAuditor = { tenant: 'northwind', login: 'maria.many', password: PASSWORD };
    await expect(saveAuditor(prisma, asAuditor)).rejects.toThrow(/stands for somebody else/);
    for (const sql of [
      `UPDATE account SET role = 'auditor' WHERE login = 'maria.many'`,
      `INSERT INTO account_member SELECT tenant, sub, 'maria', 'self', 'Maria', 0 FROM account WHERE role = 'auditor'`,
    ])
      await expect(world.db.query(sql)).rejects.toThrow(/keeps its role|no member's data/);
  });

  it('ends with a password that nobody knows, when the auditor leaves', async () => {
    const tenant = 'lakeside';
    const browser = new Browser(world.url);
    await browser.logIn(await browser.open(door(tenant)), LOGIN, PASSWORD);
    const cookie = browser.cookieHeader(door(tenant));
    expect((await whoIs(cookie, tenant)).status).toBe(200);
    const admin = administrationOf(pool);
    const lakeside = { ...admin, tenant: { ...admin.tenant, id: tenant } };
    await setLoginPassword(lakeside, LOGIN, randomBytes(33).toString('base64'));
    expect((await whoIs(cookie, tenant)).status).toBe(401);
  });

  it('needs a second factor at a production plan', async () => {
    const browser = new Browser(world.url);
    const page = await browser.logIn(await browser.open(door('strict')), LOGIN, PASSWORD);
    expect(wordsOf(page)).toMatch(/authenticator|app on your phone|second/i);
    expect((await whoIs(browser.cookieHeader(door('strict')), 'strict')).status).toBe(401);
  });
});
