import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { registerApp } from '../app.ts';
import { type MailWorld, startMailWorld, takeMail } from '../mail/world.ts';
import { fillNewPasswords } from '../passwords.ts';
import { codeIn, JUANA, loadPlan, makeLogin, openForm, sayWho, typeCode } from './joiner.ts';

let mails: MailWorld;
beforeAll(async () => {
  mails = await startMailWorld({ nativeApps: true, join: {} });
  await loadPlan(mails.world);
}, 60_000);
afterAll(() => mails?.stop());

it('a member who makes an account uses up no try of a name while too many passwords are hashed', async () => {
  const [browser, form] = await openForm(mails.world, await registerApp(mails.world));
  const asked = await sayWho(browser, form, JUANA);
  const mail = await takeMail(mails);
  const page = await typeCode(browser, asked, codeIn(mail));
  const leave = fillNewPasswords();
  const later: number[] = [];
  for (let n = 0; n < 11; n += 1) later.push((await makeLogin(browser, page, 'juana')).status);
  await leave();
  expect(later).toEqual(Array<number>(11).fill(503));
  expect((await makeLogin(browser, page, 'juana')).html).toContain('Leo Ibáñez');
}, 60_000);
