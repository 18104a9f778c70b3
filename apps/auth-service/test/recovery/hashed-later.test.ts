import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import { giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import { fillNewPasswords } from '../passwords.ts';
import { ForgetfulMember, NEW_PASSWORD } from './forgetful-member.ts';

describe('while too many passwords are hashed for a new one', () => {
  let mails: MailWorld;
  let member: ForgetfulMember;
  let sub: string;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true });
    member = new ForgetfulMember(mails);
    sub = await giveAddress(mails.world, 'maria.many', 'maria@mail.example');
  }, 60_000);
  beforeEach(async () => {
    await member.quiet();
    await mails.world.db.query('TRUNCATE throttle, mail, mail_ticket, second_factor CASCADE');
    mails.server.mails.length = 0;
  });
  afterAll(() => mails?.stop());

  it('the link stays good', async () => {
    const link = await member.getLink();
    const leave = fillNewPasswords();
    const later = await member.choose(link);
    await leave();
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await member.choose(link)).html).toContain('Your password is changed');
  }, 30_000);

  it('staff who set it for a member are told when to try again', async () => {
    const set = () =>
      administer(mails.world, 'PUT', 'northwind/logins/paul.parent/password', { password: NEW_PASSWORD });
    const leave = fillNewPasswords();
    const later = await set();
    await leave();
    expect([later.status, later.headers.get('retry-after'), later.body]).toEqual([
      503,
      '5',
      {
        error: 'temporarily_unavailable',
        error_description: 'too many passwords are being checked or hashed',
      },
    ]);
    expect((await set()).status).toBe(204);
  }, 30_000);

  it('a recovery code stays good, and no attempt is counted', async () => {
    const code = 'K7F2-M9Q4-XW';
    await member.turnOnFactor(sub, [code]);
    const link = await member.getLink();
    const leave = fillNewPasswords();
    const later: number[] = [];
    for (let times = 0; times < 7; times += 1) later.push((await member.choose(link, { code })).status);
    await leave();
    expect(later).toEqual(Array<number>(7).fill(503));
    expect((await member.choose(link, { code })).html).toContain('Your password is changed');
    // It works once.
    expect((await mails.world.db.query('SELECT FROM recovery_code')).rowCount).toBe(0);
  }, 60_000);
});
