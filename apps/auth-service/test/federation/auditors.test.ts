/** Auditors of a plan that keeps no passwords: at its identity provider, and with a break-glass login. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { createAuditor } from '../../src/domain/administration/logins/accounts.ts';
import { listAuditors } from '../../src/domain/administration/identities/auditor-links.ts';
import { endPerson } from '../../src/domain/administration/identities/end-person.ts';
import { repairLink } from '../../src/domain/administration/identities/repairs.ts';
import { loginProblems } from '../../src/domain/administration/plans/federation-problems.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { administrationOf } from '../administration.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { MailServer } from '../mail/smtp-server.ts';
import { GATEWAY_BASIC, PASSWORD } from '../world.ts';
import {
  federation,
  type FederatedWorld,
  identityProviderLink,
  locationOf,
  logInAtIdp,
  startFederatedWorld,
} from './world.ts';

describe('an auditor at a plan without passwords', () => {
  let all: FederatedWorld;
  let pool: Pool;
  let server: MailServer;
  beforeAll(async () => {
    server = await new MailServer().listen();
    all = await startFederatedWorld({ mail: { SMTP_URL: server.url } });
    pool = await createPool(all.world.databaseUrl, { max: 1 });
    await configure(all.world, settings());
    all.idp.people
      .set('u-audrey', { status: ['staff', 'auditors'] })
      .set('u-both', { status: 'auditors', member_number: 'M-1' });
    const prisma = createPrisma(pool);
    for (const login of ['glass', 'plain'])
      await createAuditor(
        prisma,
        { tenant: 'northwind', login, password: PASSWORD, breakGlass: login === 'glass' },
        { administrator: 'ada' },
      );
    await takeEvents(all.world);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await all?.stop();
    await server?.stop();
  });
  afterEach(() => takeEvents(all.world));

  const settings = (more: object = {}) => ({
    nativeApps: true,
    passwordLogin: false,
    federation: {
      ...federation(all.idp),
      auditors: { claim: 'status', values: ['auditors'] },
      require: { identity_proofed: true },
      ...more,
    },
  });
  const door = () => `${all.world.url}/auth/northwind/console`;

  async function openConsole(person: string): Promise<{ browser: Browser; page: BrowserPage }> {
    const browser = new Browser(all.world.url);
    const away = locationOf(await browser.open(identityProviderLink(await browser.open(door()))));
    all.idp.person = person;
    const page = await browser.open(locationOf(await new Browser(all.idp.issuer).open(away)));
    return { browser, page };
  }
  const whoIs = (browser: Browser) =>
    fetch(`${all.world.url}/internal/northwind/auditor-session`, {
      headers: { cookie: browser.cookieHeader(door()), authorization: GATEWAY_BASIC },
    });

  it('logs in at the identity provider, by the group that the plan has named, without what members need', async () => {
    const { browser, page } = await openConsole('u-audrey');
    expect(page.url).toBe(`${all.world.url}/audit/northwind/`);
    expect((await whoIs(browser)).status).toBe(200);
    const again = await openConsole('u-audrey');
    expect((await whoIs(again.browser)).status).toBe(200);
    const { rows } = await all.world.db.query(
      'SELECT role, password_hash FROM account JOIN auditor_identity USING (tenant, sub)',
    );
    expect(rows).toEqual([{ role: 'auditor', password_hash: null }]);
  });

  it('is not everybody: who is in no such group is refused (O94)', async () => {
    const { browser, page } = await openConsole('u-omar');
    expect(wordsOf(page)).toContain('not an auditor’s');
    expect((await whoIs(browser)).status).toBe(401);
    expect((await takeEvents(all.world)).at(-1)).toMatchObject({
      reason: 'not-auditor',
      user: { sub: 'u-omar' },
    });
  });

  it('has two accounts as a member and an auditor, and the auditor’s opens no data (O94)', async () => {
    await configure(all.world, settings({ require: {} }));
    const { browser, page } = await logInAtIdp(all, 'u-both');
    expect(page.html).toContain('Frida Lund');
    expect((await browser.open(door())).status).toBe(403);
    const auditor = await openConsole('u-both');
    expect((await whoIs(auditor.browser)).status).toBe(200);
    expect(wordsOf(await auditor.browser.open(`${all.world.url}/auth/northwind/access`))).toContain(
      'nothing to show',
    );
    await configure(all.world, settings());
  });

  it('is ended by the subject, with all that the same person has as a member', async () => {
    const { browser } = await openConsole('u-both');
    const ended = await endPerson(administrationOf(pool), { subject: 'u-both' });
    expect(ended.accounts).toBe(2);
    expect((await whoIs(browser)).status).toBe(401);
  });

  it('is shown by subject or name, and moved to the new subject of a user who was made anew', async () => {
    all.idp.people.set('u-old', { status: 'auditors' }).set('u-new', { status: 'auditors' });
    await openConsole('u-old');
    const [before] = await listAuditors(administrationOf(pool), { subject: 'u-old' });
    const repair = { act: 'move-subject', subject: 'u-old', to: 'u-new', auditor: true };
    await repairLink(administrationOf(pool), repair);
    const { browser } = await openConsole('u-new');
    expect((await whoIs(browser)).status).toBe(200);
    const login = before?.login ?? '';
    expect(await listAuditors(administrationOf(pool), { login })).toEqual([{ ...before, subject: 'u-new' }]);
    await expect(repairLink(administrationOf(pool), repair)).rejects.toThrow('no auditor "u-old"');
    await expect(
      repairLink(administrationOf(pool), { ...repair, subject: 'u-new', to: 'u-audrey' }),
    ).rejects.toThrow('unlink it first');
    expect((await takeEvents(all.world)).find(({ action }) => action === 'auditor-move')).toMatchObject({
      user: { sub: 'ada' },
      request: 'from u-old to u-new',
    });
  });

  it('loses the link, and with it the session; the member of the same subject keeps hers', async () => {
    await configure(all.world, settings({ require: {} }));
    const member = await logInAtIdp(all, 'u-both');
    const { browser } = await openConsole('u-both');
    const [before] = await listAuditors(administrationOf(pool), { subject: 'u-both' });
    await repairLink(administrationOf(pool), { act: 'unlink', subject: 'u-both', auditor: true });
    expect((await whoIs(browser)).status).toBe(401);
    expect((await member.browser.open(`${all.world.url}/auth/northwind/apps`)).status).toBe(200);
    expect(await listAuditors(administrationOf(pool), { subject: 'u-both' })).toEqual([]);
    await openConsole('u-both');
    const [after] = await listAuditors(administrationOf(pool), { subject: 'u-both' });
    expect(after?.sub).not.toBe(before?.sub);
    expect(after?.login).toBe(before?.login);
    expect((await takeEvents(all.world)).map(({ action }) => action)).toContain('auditor-unlink');
    await configure(all.world, settings());
  });

  it('needs a stated second factor where the plan demands one', async () => {
    const secondFactor = { amr: ['mfa'] };
    await configure(all.world, { ...settings({ secondFactor }), secondFactor: 'required' });
    const { browser } = await openConsole('u-audrey');
    expect((await whoIs(browser)).status).toBe(401);
    const { federation: ours } = TenantSettings.parse({
      federation: { ...settings().federation, clientSecret: 'sealed:', issuer: 'https://login.plan.example' },
    });
    const production = TenantSettings.parse({ federation: ours });
    expect(loginProblems(production, 'production').join()).toContain(
      'auditors of a production plan need one',
    );
    await configure(all.world, settings());
  });

  describe('a break-glass login', () => {
    async function logIn(login: string, at = door()): Promise<{ browser: Browser; page: BrowserPage }> {
      const browser = new Browser(all.world.url);
      return { browser, page: await browser.logIn(await browser.open(at), login, PASSWORD) };
    }

    it('opens the console, and each use is an alarm: event, metric and log (O93)', async () => {
      const { browser, page } = await logIn('glass');
      expect(page.url).toBe(`${all.world.url}/audit/northwind/`);
      expect((await whoIs(browser)).status).toBe(200);
      const events = await takeEvents(all.world);
      expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['login', 'break-glass']));
      expect(events.find(({ action }) => action === 'break-glass')).toMatchObject({ method: 'password' });
      const metrics = await all.world.metrics();
      expect(metrics).toMatch(/^auth_break_glass_logins_total 1$/m);
    });

    it('is none of the other auditors’ passwords, and opens no app (O93)', async () => {
      const { browser, page } = await logIn('plain');
      expect(wordsOf(page)).toContain('do not match');
      expect((await whoIs(browser)).status).toBe(401);
      const members = await new Browser(all.world.url).open(`${all.world.url}/auth/northwind/apps`);
      expect(members.html).not.toContain('name="password"');
    });

    it('O93: refuses a member’s right password like a wrong one, also when her time is over', async () => {
      const { rows } = await all.world.db.query(
        `UPDATE account_member SET coverage_end = '2015-01-31'
          WHERE tenant = 'northwind' AND sub = (SELECT sub FROM account WHERE tenant = 'northwind' AND login = 'paul.parent')
         RETURNING ends_at <= now() AND ends_by = 'coverage' AS over`,
      );
      expect(new Set(rows.map(({ over }) => over as unknown))).toEqual(new Set([true]));
      await takeEvents(all.world);
      const { page } = await logIn('paul.parent');
      expect(wordsOf(page)).toContain('do not match');
      expect(await takeEvents(all.world)).toMatchObject([{ outcome: '4', reason: 'wrong-password' }]);
    });

    it('tells the plan by mail, where it wants that', async () => {
      const mail = { from: 'plan@mail.example', alarms: 'security@plan.example' };
      await configure(all.world, { ...settings(), mail });
      await logIn('glass');
      const [told] = await server.take(1);
      expect(told?.to).toBe('security@plan.example');
      expect(told?.text).toContain('break-glass');
      await configure(all.world, settings());
    });
  });
});
