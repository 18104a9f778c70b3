import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { administer } from '../administration.ts';
import { authenticatorOf } from '../authenticator.ts';
import { openAndLogIn, registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { deadLinks } from '../apps/member.ts';
import { type Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { secondFactorOn, takeEvents } from '../events.ts';
import { giveAddress, type MailWorld, noMailWaits, startMailWorld } from '../mail/world.ts';
import { PASSWORD, type World } from '../world.ts';

const NEW_ADDRESS = 'maria.new@mail.example';

describe('the email address of a login', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true });
    ({ world } = mails);
    app = await registerApp(world);
  }, 60_000);
  afterEach(async () => {
    await world.db.query(`UPDATE account SET email = NULL, email_source = NULL`);
    await world.db.query('TRUNCATE throttle, mail, mail_ticket, second_factor CASCADE');
    await takeEvents(world);
    mails.server.mails.length = 0;
  });
  afterAll(() => mails?.stop());

  const pageUrl = () => `${world.url}/auth/northwind/email`;

  async function openPage(login = 'maria.many'): Promise<[Browser, BrowserPage]> {
    const [browser] = await openAndLogIn(world, startAuthorization(world, app).url, login);
    return [browser, await browser.open(pageUrl())];
  }

  const ask = (browser: Browser, page: BrowserPage, fields: Record<string, string> = {}, action = 'change') =>
    browser.submit(page, action, (all) => {
      for (const [name, value] of Object.entries({ email: NEW_ADDRESS, password: PASSWORD, ...fields }))
        all.set(name, value);
    });

  async function takeLink(): Promise<string> {
    const [mail] = await mails.server.take();
    expect(mail?.to).toBe(NEW_ADDRESS);
    await waitUntil(async () => (await world.db.query('SELECT 1 FROM mail_ticket')).rowCount === 1);
    return /^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '';
  }

  async function addressOf(login = 'maria.many'): Promise<[string | null, string | null]> {
    const { rows } = await world.db.query<{ email: string | null; source: string | null }>(
      `SELECT email, email_source AS source FROM account WHERE tenant = 'northwind' AND login = $1`,
      [login],
    );
    return [rows[0]?.email ?? null, rows[0]?.source ?? null];
  }

  const subOf = async (login: string): Promise<string> => {
    const { rows } = await world.db.query<{ sub: string }>('SELECT sub FROM account WHERE login = $1', [
      login,
    ]);
    return rows[0]?.sub ?? '';
  };

  it('counts once the member has confirmed it; until then the one before stays, and learns of the change', async () => {
    await giveAddress(world, 'maria.many', 'maria@mail.example');
    const [browser, page] = await openPage();
    expect(page.html).toContain('maria@mail.example');
    // A password manager would take the new address for the user name.
    expect(page.html).toContain('autocomplete="username" value="maria.many" hidden');
    const sent = await ask(browser, page, { email: NEW_ADDRESS.toUpperCase() });
    expect(sent.html).toContain(`We sent a link to ${NEW_ADDRESS}`);
    const link = await takeLink();
    const confirmation = await browser.open(link);
    await browser.open(link);
    expect(await addressOf()).toEqual(['maria@mail.example', 'plan']);
    const done = await browser.submit(confirmation, 'confirm');
    expect([done.url, done.html]).toEqual([`${pageUrl()}?done=confirmed`, expect.stringContaining('Done.')]);
    expect(await deadLinks(browser, done)).toEqual([]);
    expect(await addressOf()).toEqual([NEW_ADDRESS, 'member']);
    const [notice] = await mails.server.take();
    expect(notice).toMatchObject({
      to: 'maria@mail.example',
      headers: { subject: 'Your email address was changed' },
    });
    const second = await browser.submit(confirmation, 'confirm');
    expect([second.status, second.html]).toEqual([410, expect.stringContaining('it may be in use already')]);
    const actions = (await takeEvents(world)).map(
      ({ action, member, released }) => `${action} ${member} ${released ?? 'shown to no app'}`,
    );
    expect(actions).toEqual(
      expect.arrayContaining(['mail-address-confirm maria shown to no app', 'email-confirm maria ']),
    );
  });

  it('O46: takes the password, and the code of a login that has a second factor', async () => {
    const [browser, page] = await openPage();
    const wrong = await ask(browser, page, { password: 'wrong' });
    expect([wrong.status, wrong.html.includes('That password or code is not right')]).toEqual([400, true]);
    expect(hiddenFields(wrong).get('email')).toBe(NEW_ADDRESS);
    expect(hiddenFields(wrong).get('password')).toBe('');
    const { secondFactors } = (await world.server()).stores;
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    const authenticator = authenticatorOf(secret);
    const sub = await subOf('maria.many');
    const enrolment = { secret, codes: [], until: Date.now() };
    await secondFactors.turnOn(sub, enrolment, authenticator.code(), secondFactorOn);
    const withCode = await browser.open(pageUrl());
    expect(withCode.html).toContain('name="code"');
    expect((await ask(browser, withCode, { code: '000000' })).status).toBe(400);
    expect((await ask(browser, withCode)).status).toBe(400);
    expect((await takeEvents(world)).filter(({ action }) => action === 'email-change')).toMatchObject(
      Array.from({ length: 3 }, () => ({
        ...{ outcome: '4', reason: 'wrong-password', member: 'maria', released: [] },
      })),
    );
    expect(mails.server.mails).toEqual([]);
    await world.db.query('UPDATE second_factor SET last_step = last_step - 10');
    // A second press of the button has the same code, which the first one has used up.
    const code = authenticator.code();
    for (const _press of [1, 2]) {
      const sent = await ask(browser, withCode, { code });
      expect([sent.status, sent.html]).toEqual([200, expect.stringContaining('We sent a link to')]);
    }
    expect((await ask(browser, withCode, { code, email: 'other@mail.example' })).status).toBe(400);
    await giveAddress(world, 'maria.many', 'maria@mail.example');
    await world.db.query('UPDATE second_factor SET last_step = last_step - 10');
    const withAddress = await browser.open(pageUrl());
    for (const _press of [1, 2]) {
      const removed = await ask(browser, withAddress, { code }, 'remove');
      expect([removed.status, removed.html]).toEqual([
        200,
        expect.stringContaining('has no email address any more'),
      ]);
    }
    // What comes later is no second press, though there is no address. A mail that is still to be sent would be too old.
    await noMailWaits(world);
    await world.db.query(`UPDATE mail SET created_at = created_at - interval '2 minutes'`);
    await takeEvents(world);
    expect((await ask(browser, withAddress, { password: 'wrong', code }, 'remove')).status).toBe(400);
    expect((await takeEvents(world)).filter(({ action }) => action === 'email-change')).toMatchObject([
      { outcome: '4', reason: 'wrong-password', member: 'maria' },
    ]);
    expect(mails.server.mails.filter(({ to }) => to === NEW_ADDRESS)).toHaveLength(1);
  });

  it('O46: a link that came to somebody else opens nothing for them, and stays good for its login', async () => {
    const [browser, page] = await openPage();
    await ask(browser, page);
    const link = await takeLink();
    const [stranger] = await openAndLogIn(world, startAuthorization(world, app).url, 'paul.parent');
    const refused = await stranger.open(link);
    expect(refused.status).toBe(410);
    const own = await stranger.open(pageUrl());
    const forged = await stranger.submit({ ...own, url: link }, 'confirm');
    expect(forged.status).toBe(410);
    expect(await addressOf('paul.parent')).toEqual([null, null]);
    expect((await browser.submit(await browser.open(link), 'confirm')).html).toContain('Done.');
    expect(await addressOf()).toEqual([NEW_ADDRESS, 'member']);
  });

  it('is confirmed after a login, which comes back to the link', async () => {
    const [browser, page] = await openPage();
    await ask(browser, page);
    const link = await takeLink();
    await browser.submit(page, 'x').catch(() => undefined);
    const [fresh] = await openAndLogIn(world, link);
    const back = await fresh.open(link);
    expect(back.html).toContain('Is this the email address of your login?');
  });

  it('is removed with the password, and the removed address learns of it', async () => {
    await giveAddress(world, 'maria.many', NEW_ADDRESS);
    const [browser, page] = await openPage();
    expect((await ask(browser, page, { password: '' }, 'remove')).status).toBe(400);
    expect((await ask(browser, page, {}, 'remove')).html).toContain('Your login has no email address');
    expect(await addressOf()).toEqual([null, null]);
    expect((await mails.server.take())[0]?.to).toBe(NEW_ADDRESS);
    const removed = (await takeEvents(world)).filter(({ action }) => action === 'email-remove');
    expect(removed).toMatchObject([{ kind: 'login', outcome: '0', released: [] }]);
  });

  it.each([
    'maria',
    'maria@',
    'a@b',
    'a@b.example\nBcc: c@d.example',
    'a b@c.example',
    `${'a'.repeat(250)}@b.example`,
  ])('is not %j', async (email) => {
    const [browser, page] = await openPage();
    const answer = await ask(browser, page, { email });
    expect([answer.status, answer.html.includes('not an email address')]).toEqual([400, true]);
  });

  it('is set and removed by the plan over HTTP, with an event each', async () => {
    const path = 'northwind/accounts/maria.many/email';
    expect((await administer(world, 'PUT', path, { email: 'Maria@Mail.example' })).status).toBe(204);
    expect(await addressOf()).toEqual(['maria@mail.example', 'plan']);
    expect((await administer(world, 'PUT', path, { email: 'maria@mail.example' })).status).toBe(204);
    expect((await administer(world, 'DELETE', path)).status).toBe(204);
    expect(await addressOf()).toEqual([null, null]);
    expect((await administer(world, 'PUT', path, { email: 'x' })).status).toBe(400);
    expect((await administer(world, 'PUT', path, { email: 'x@y.example' }, 'Bearer wrong')).status).toBe(401);
    for (const login of ['nobody.her', 'audrey.auditor'])
      expect(
        (await administer(world, 'PUT', `northwind/accounts/${login}/email`, { email: 'x@y.example' }))
          .status,
      ).toBe(404);
    const acts = (await takeEvents(world)).filter(({ kind }) => kind === 'administration');
    expect(acts).toMatchObject([
      { action: 'account-email-set', member: 'maria', user: { sub: 'ada' } },
      { action: 'account-email-remove', member: 'maria' },
    ]);
  });
});
