/** What the pages for a forgotten password say when they answer a form, and their mails. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getTokens, introspectionClaims, registerApp } from '../app.ts';
import { deadLinks, wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import { tenantOf, type World } from '../world.ts';
import { ForgetfulMember, NEW_PASSWORD } from './forgetful-member.ts';

describe('the pages for a forgotten password', () => {
  let mails: MailWorld;
  let world: World;
  let member: ForgetfulMember;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true });
    ({ world } = mails);
    member = new ForgetfulMember(mails);
    await giveAddress(world, 'maria.many', 'maria@mail.example');
    await member.quiet();
    mails.server.mails.length = 0;
  }, 60_000);
  afterEach(async () => {
    await member.quiet();
    await world.db.query('TRUNCATE throttle, mail, mail_ticket CASCADE');
    mails.server.mails.length = 0;
  });
  afterAll(() => mails?.stop());

  it('keep the box that disconnects apps as the member left it, when a password is refused', async () => {
    const browser = new Browser(world.url);
    const page = await browser.open(await member.getLink());
    expect(page.html).toContain('“While you are logged in” loses its access within ten minutes.');
    const tokens = await getTokens(world, await registerApp(world));
    const refused = await member.save(browser, page, { repeat: 'another one', disconnect: 'yes' });
    expect(refused.html).toContain('The two new passwords are not the same');
    expect((await member.save(browser, refused)).html).toContain('Your password is changed');
    expect(await introspectionClaims(world, tokens['access_token'] ?? '')).toBeUndefined();
  });

  it('name the user name, which somebody who typed her email address may not know, and tell a password manager', async () => {
    const browser = new Browser(world.url);
    const form = await browser.open(await member.getLink('maria@mail.example'));
    expect(form.html).toMatch(
      /<input type="text" name="username" autocomplete="username" value="maria.many" hidden/,
    );
    const done = await member.save(browser, form);
    expect(wordsOf(done)).toContain('Your user name: maria.many');
    const login = async () => browser.open(tenantOf(world).appsPage);
    const wrong = await browser.logIn(await login(), 'maria@mail.example', NEW_PASSWORD);
    expect([wrong.status, wordsOf(wrong)]).toEqual([
      400,
      expect.stringContaining('You can use an email address here only if it is your user name.'),
    ]);
    expect(wordsOf(await browser.logIn(await login(), 'maria.many', NEW_PASSWORD))).toContain(
      'Connected apps',
    );
  });

  it('do not name the login of a second factor before its code is right', async () => {
    const { rows } = await world.db.query<{ sub: string }>(
      "SELECT sub FROM account WHERE login = 'maria.many'",
    );
    const authenticator = await member.turnOnFactor(rows[0]?.sub ?? '');
    const link = await member.getLink();
    const wrong = await member.choose(link, { code: '000000' });
    expect([wrong.status, wrong.html]).toEqual([400, expect.not.stringContaining('maria.many')]);
    await world.db.query('UPDATE second_factor SET last_step = last_step - 10');
    expect(wordsOf(await member.choose(link, { code: authenticator.code() }))).toContain(
      'Your user name: maria.many',
    );
    await world.db.query('TRUNCATE second_factor CASCADE');
  });

  it('say after a second press of the button that the new password may be saved', async () => {
    const browser = new Browser(world.url);
    const page = await browser.open(await member.getLink());
    expect((await member.save(browser, page)).html).toContain('Your password is changed');
    const second = await member.save(browser, page);
    expect([second.status, second.html]).toEqual([
      410,
      expect.stringContaining('the first press may have saved your new password'),
    ]);
  });

  it('have no switch of the language that leads to a link that is over, or to the form again', async () => {
    const browser = new Browser(world.url);
    const done = await member.save(browser, await browser.open(await member.getLink()));
    expect(done.html).toContain('Your password is changed');
    expect(await deadLinks(browser, done)).toEqual([]);
    const sent = await member.ask('maria.many', browser);
    expect(sent.html).toContain('Look at your email');
    expect(sent.html).not.toContain('Español');
    expect(sent.html).toMatch(/<a href="\/auth\/northwind\/recovery">Ask for another link<\/a>/);
    expect(await deadLinks(browser, sent)).toEqual([]);
  });

  it('are in Spanish for whoever asks in Spanish, and so is the mail', async () => {
    const page = await member.ask('maria.many', new Browser(world.url), `${member.askUrl()}?lang=es`);
    expect(page.html).toContain('Revise su correo electrónico');
    const [mail] = await mails.server.take();
    expect(mail?.headers['subject']).toBe('Elija una contraseña nueva');
    expect(mail?.headers['content-language']).toBe('es');
  });

  it('send mails that name no person, no login and nothing about health', async () => {
    await member.choose(await member.getLink());
    const all = [...mails.server.attempts, ...(await mails.server.take())];
    for (const { text, headers } of all) {
      const said = `${headers['subject']} ${text.replaceAll('Northwind Health Plan', '')}`;
      expect(said).not.toMatch(/maria|castellan|many|diary|health|salud|claim|medic|doctor/i);
    }
  });
});
