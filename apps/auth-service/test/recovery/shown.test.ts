/** What the pages for a forgotten password say when they answer a form, and their mails. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getTokens, introspectionClaims, registerApp } from '../app.ts';
import { deadLinks } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import type { World } from '../world.ts';
import { ForgetfulMember } from './forgetful-member.ts';

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
