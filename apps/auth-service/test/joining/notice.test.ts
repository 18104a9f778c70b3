import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { registerApp } from '../app.ts';
import { type MailWorld, startMailWorld, takeMail } from '../mail/world.ts';
import { codeIn, JUANA, loadPlan, makeLogin, openForm, sayWho, typeCode } from './joiner.ts';

let mails: MailWorld;
beforeAll(async () => {
  mails = await startMailWorld({ nativeApps: true, join: {}, secondFactor: 'required' });
  await loadPlan(mails.world);
}, 60_000);
afterAll(() => mails?.stop());

it('the mail that an account was made is in the language of its pages, before the first login is complete', async () => {
  const { world, server } = mails;
  const [browser, form] = await openForm(world, await registerApp(world));
  const page = await sayWho(browser, form, JUANA);
  const code = await takeMail(mails);
  const login = await typeCode(browser, page, codeIn(code));
  expect((await makeLogin(browser, login, 'juana')).html).toContain('authenticator');
  const [notice] = await server.take();
  expect(notice).toMatchObject({ to: 'juana@mail.example', headers: { subject: 'Your account was made' } });
});
