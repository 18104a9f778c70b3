import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import {
  getTokens,
  introspectionClaims,
  openAndLogIn,
  refresh,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { FROM, giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import { PASSWORD, type World } from '../world.ts';
import { ForgetfulMember, NEW_PASSWORD } from './forgetful-member.ts';

const ADDRESS = 'maria@mail.example';

describe('a forgotten password', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  let sub: string;
  let hash: string;
  let member: ForgetfulMember;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true });
    ({ world } = mails);
    member = new ForgetfulMember(mails);
    app = await registerApp(world);
    sub = await giveAddress(world, 'maria.many', ADDRESS);
    const { rows } = await world.db.query<{ hash: string }>(
      'SELECT password_hash AS hash FROM account WHERE sub = $1',
      [sub],
    );
    hash = rows[0]?.hash ?? '';
  }, 60_000);
  afterEach(async () => {
    await member.quiet();
    await world.db.query('UPDATE account SET password_hash = $2 WHERE sub = $1', [sub, hash]);
    await world.db.query('TRUNCATE throttle, mail, mail_ticket, second_factor CASCADE');
    await takeEvents(world);
    mails.server.mails.length = 0;
  });
  afterAll(() => mails?.stop());

  async function logsIn(password: string): Promise<boolean> {
    const browser = new Browser(world.url);
    browser.headers['x-forwarded-for'] = '198.18.7.7';
    const page = await browser.logIn(
      await browser.open(startAuthorization(world, app).url),
      'maria.many',
      password,
    );
    return page.html.includes('Share data with');
  }

  it.each(['maria.many', ' MARIA.many ', ADDRESS.toUpperCase()])(
    'is replaced by a link that is sent for “%s”',
    async (typed) => {
      const link = await member.getLink(typed);
      expect(link).toMatch(new RegExp(`^${world.url}/auth/northwind/recovery/[\\w-]{43}$`));
      expect((await member.choose(link)).html).toContain('Your password is changed');
      expect([await logsIn(PASSWORD), await logsIn(NEW_PASSWORD)]).toEqual([false, true]);
      const events = (await takeEvents(world)).filter(({ action }) => /password/.test(action));
      expect(events.slice(0, 2)).toMatchObject([
        { kind: 'login', action: 'mail-password-reset', outcome: '0', member: 'maria' },
        { kind: 'login', action: 'password-reset', outcome: '0', member: 'maria', released: [] },
      ]);
      expect(events[0]).not.toHaveProperty('released');
    },
  );

  it.each([
    ['x', 'It needs 15 or more characters'],
    ['Password1234567', 'Many people use that password'],
    ['northwind-health-plan', 'words that people expect'],
  ])('O63: is not replaced by %s, and the page says why', async (password, why) => {
    const link = await member.getLink();
    const refused = await member.choose(link, { password, repeat: password });
    expect([refused.status, refused.html]).toEqual([400, expect.stringContaining(why)]);
    expect(await logsIn(PASSWORD)).toBe(true);
    // The link is still good.
    expect((await member.choose(link)).html).toContain('Your password is changed');
  });

  it('ends the sessions, keeps the connected apps, and tells the member', async () => {
    const tokens = await getTokens(world, app);
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url);
    const apps = `${world.url}/auth/northwind/apps`;
    expect((await browser.open(apps)).html).toContain('Connected apps');
    await mails.server.take();
    await world.db.query('TRUNCATE mail');
    await member.choose(await member.getLink());
    expect((await browser.open(apps)).html).toContain('id="password"');
    expect(await introspectionClaims(world, tokens['access_token'] ?? '')).toBeDefined();
    expect((await refresh(world, app, tokens['refresh_token'] ?? '')).status).toBe(200);
    const [notice] = await mails.server.take();
    expect(notice).toMatchObject({ to: ADDRESS, headers: { subject: 'Your password was changed' } });
  });

  it('disconnects the apps too, if the member wants that', async () => {
    const tokens = await getTokens(world, app);
    await member.choose(await member.getLink(), { disconnect: 'yes' });
    expect(await introspectionClaims(world, tokens['access_token'] ?? '')).toBeUndefined();
    const ended = (await takeEvents(world)).filter(
      ({ kind, action }) => `${kind} ${action}` === 'consent revoke',
    );
    expect(ended.at(-1)).toMatchObject({ reason: 'member', by: 'member', member: 'maria' });
  });

  it('O43: shows to nobody who has a login: the same bytes and the same work', async () => {
    await world.db.query(
      `UPDATE account SET email = 'audrey@mail.example', email_source = 'plan' WHERE login = 'audrey.auditor'`,
    );
    const typed = [
      'maria.many',
      'nobody.her',
      'paul.parent',
      'audrey.auditor',
      ADDRESS,
      'x@y.example',
      '\u0000',
      '',
    ];
    const client = await world.db.connect();
    const pages: BrowserPage[] = [];
    try {
      // Who looks the login up to answer has to wait here, and fails.
      await client.query('BEGIN; LOCK TABLE account, account_member IN ACCESS EXCLUSIVE MODE');
      for (const each of typed) pages.push(await member.ask(each));
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect(new Set(pages.map(({ status, html }) => `${status} ${html}`)).size).toBe(1);
    const head = ({ headers }: BrowserPage) =>
      [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)).join();
    expect(new Set(pages.map(head)).size).toBe(1);
    await member.quiet();
    expect((await mails.server.take(2)).map(({ to }) => to)).toEqual([ADDRESS, ADDRESS]);
    const reasons = (await takeEvents(world))
      .filter(({ action }) => action === 'mail-password-reset')
      .map(({ reason, member }) => `${member} ${reason ?? 'sent'}`);
    const unknown = 'undefined unknown-login';
    expect(reasons.sort()).toEqual(
      ['maria sent', 'maria sent', 'paul no-address', unknown, unknown, unknown, unknown, unknown].sort(),
    );
  });

  it('is not reset for an address that several logins have: the user name has to be typed', async () => {
    await giveAddress(world, 'paul.parent', ADDRESS);
    await member.ask(ADDRESS);
    await waitUntil(
      async () => (await world.db.query(`SELECT 1 FROM mail WHERE outcome = 'dropped'`)).rowCount === 1,
    );
    await world.db.query(`UPDATE account SET email = NULL, email_source = NULL WHERE login = 'paul.parent'`);
    expect(mails.server.mails).toEqual([]);
  });

  it('O43: is reset for who has the address, although another login has it as its user name', async () => {
    const rename = (from: string, to: string) =>
      world.db.query('UPDATE account SET login = $2 WHERE login = $1', [from, to]);
    await giveAddress(world, 'paul.parent', 'paul@mail.example');
    await rename('maria.many', 'paul@mail.example');
    await member.ask('paul@mail.example');
    expect(await mails.server.take()).toMatchObject([{ to: 'paul@mail.example' }]);
    await rename('paul@mail.example', 'maria.many');
    await world.db.query(`UPDATE account SET email = NULL, email_source = NULL WHERE login = 'paul.parent'`);
  });

  it('O44: opening the link changes nothing, as often as scanners open it; one form of many wins', async () => {
    const link = await member.getLink();
    for (let times = 0; times < 3; times += 1) {
      const page = await new Browser(world.url).request(link);
      expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
      expect(page.headers.get('cache-control')).toBe('no-store');
      await fetch(link, { method: 'HEAD' });
    }
    expect(await logsIn(PASSWORD)).toBe(true);
    const pages = await Promise.all(
      ['one', 'two', 'three'].map((word) => member.choose(link, { password: `${NEW_PASSWORD} ${word}` })),
    );
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 410, 410]);
    expect((await member.choose(link)).status).toBe(410);
  });

  it('O44: a link is short, opaque, for one plan, and stored nowhere', async () => {
    const link = await member.getLink();
    const token = link.slice(link.lastIndexOf('/') + 1);
    const { rows } = await world.db.query<{ text: string; minutes: number }>(
      `SELECT m::text || t::text AS text, extract(epoch FROM t.expires_at - now()) / 60 AS minutes
         FROM mail m, mail_ticket t`,
    );
    expect(rows[0]?.text).not.toContain(token);
    expect(rows[0]?.text).not.toContain(Buffer.from(token).toString('hex'));
    expect(Number(rows[0]?.minutes)).toBeGreaterThan(29);
    expect(Number(rows[0]?.minutes)).toBeLessThanOrEqual(30);
    await configure(world, { mail: { from: FROM } }, 'lakeside');
    expect((await new Browser(world.url).open(link.replace('northwind', 'lakeside'))).status).toBe(410);
    await world.db.query('UPDATE mail_ticket SET expires_at = now()');
    expect((await member.choose(link)).status).toBe(410);
    expect((await new Browser(world.url).open(link)).status).toBe(410);
  });

  it('O44: a new password ends every link that was sent before', async () => {
    const first = await member.getLink();
    await member.ask('maria.many');
    const [mail] = await mails.server.take();
    const second = /^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '';
    await member.quiet();
    expect((await member.choose(second)).status).toBe(200);
    expect((await new Browser(world.url).open(first)).status).toBe(410);
  });

  it('O45: a mailbox is not enough for a login with a second factor', async () => {
    const authenticator = await member.turnOnFactor(sub);
    const link = await member.getLink();
    for (const code of ['', '000000']) {
      const wrong = await member.choose(link, { code });
      expect([wrong.status, wrong.html.includes('That code is not right')]).toEqual([400, true]);
    }
    expect(await logsIn(PASSWORD)).toBe(false);
    const events = (await takeEvents(world)).filter(({ action }) => action === 'password-reset');
    const refused = { outcome: '4', reason: 'wrong-code', member: 'maria', released: [] };
    expect(events).toMatchObject([refused, refused]);
    await world.db.query(`UPDATE second_factor SET last_step = last_step - 10`);
    expect((await member.choose(link, { code: authenticator.code() })).html).toContain(
      'Your password is changed',
    );
  });

  it('O45: codes are limited as at the login', async () => {
    await member.turnOnFactor(sub);
    const link = await member.getLink();
    const statuses: number[] = [];
    for (let times = 0; times < 7; times += 1)
      statuses.push((await member.choose(link, { code: '000000' })).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429, 429]);
  });

  it('O43: is asked for three times, then it waits, whether the login exists or not', async () => {
    for (const typed of ['maria.many', 'nobody.her']) {
      const pages = [];
      for (let times = 0; times < 4; times += 1) pages.push(await member.ask(typed));
      expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
      expect(Number(pages[3]?.headers.get('retry-after'))).toBeGreaterThan(600);
      expect(pages[3]?.html).toContain(`value="${typed}"`);
    }
    await member.quiet();
    // With another name of the same login no more mails come either.
    await member.ask(ADDRESS);
    await member.quiet();
    expect(await mails.server.take(3)).toHaveLength(3);
  });

  it('leads nowhere else, whatever the request says', async () => {
    const evil = '?next=https://evil.example&redirect_uri=https://evil.example&return_to=//evil.example';
    const browser = new Browser(world.url);
    browser.headers['x-forwarded-host'] = 'evil.example';
    browser.headers['forwarded'] = 'host=evil.example';
    expect((await member.ask('maria.many', browser, `${member.askUrl()}${evil}`)).html).not.toContain(
      'href="https://evil',
    );
    const [mail] = await mails.server.take();
    expect(mail?.text).not.toContain('evil.example');
    const link = /^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '';
    await waitUntil(async () => (await world.db.query('SELECT 1 FROM mail_ticket')).rowCount === 1);
    const done = await member.choose(`${link}${evil}`);
    expect([done.status, done.headers.get('location')]).toEqual([200, null]);
    expect(done.html).not.toMatch(/(href|action)="[^"]*evil\.example\/?"/);
  });

  it('is refused from the page of another site, with two different passwords, and with one that is easy to guess', async () => {
    const link = await member.getLink();
    const browser = new Browser(world.url);
    const page = await browser.open(link);
    browser.headers['sec-fetch-site'] = 'cross-site';
    expect((await member.save(browser, page)).status).toBe(403);
    delete browser.headers['sec-fetch-site'];
    const different = await member.save(browser, page, { repeat: 'another' });
    expect([different.status, different.html.includes('not the same')]).toEqual([400, true]);
    // The rules of a password are read with its field, before it is refused and after.
    for (const [{ html }, texts] of [
      [page, 'rules'],
      [different, 'problem rules'],
    ] as const) {
      expect(html).toMatch(new RegExp(`id="password"[^>]*aria-describedby="${texts}"`));
      expect(html).toContain('id="rules"');
    }
    const known = await member.save(browser, page, { password: 'maria.castellan northwind' });
    expect([known.status, known.html.includes('other words that people expect')]).toEqual([400, true]);
    const short = await member.save(browser, page, { password: 'too short' });
    expect([short.status, short.html.includes('too short')]).toEqual([400, true]);
    expect((await member.save(browser, page)).status).toBe(200);
  });

  it('is offered only by a plan with passwords and mails', async () => {
    const login = async () => (await new Browser(world.url).open(startAuthorization(world, app).url)).html;
    expect(await login()).toContain('href="/auth/northwind/recovery"');
    for (const settings of [
      {},
      { mail: { from: FROM, recovery: false } },
      { mail: { from: FROM }, passwordLogin: false },
    ]) {
      await configure(world, { nativeApps: true, ...settings });
      expect(await login()).not.toContain('/recovery"');
      expect((await new Browser(world.url).open(member.askUrl())).status).toBe(404);
    }
    await configure(world, { nativeApps: true, mail: { from: FROM } });
  });
});
