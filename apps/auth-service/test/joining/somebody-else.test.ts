import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import { registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { type MailWorld, noMailWaits, startMailWorld, takeMail } from '../mail/world.ts';
import type { World } from '../world.ts';
import {
  codeIn,
  JOINED_PASSWORD,
  JUANA,
  loadPlan,
  makeLogin,
  openForm,
  ROSA,
  sayWho,
  type Typed,
  typeCode,
} from './joiner.ts';

/** The mail "Your account was made" has the right person call the plan. */
describe('an account that somebody else has made with a member’s number', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true, join: {} });
    ({ world } = mails);
    app = await registerApp(world);
    await loadPlan(world);
  }, 60_000);
  afterAll(() => mails?.stop());

  async function make(typed: Typed, login: string): Promise<BrowserPage> {
    await noMailWaits(world);
    mails.server.mails.length = 0;
    const [browser, form] = await openForm(world, app);
    const page = await sayWho(browser, form, typed);
    const code = codeIn(await takeMail(mails));
    return makeLogin(browser, await typeCode(browser, page, code), login);
  }
  const sees = async (login: string) =>
    (
      await world.db.query(
        `SELECT fhir_user, ARRAY(SELECT patient FROM account_member m WHERE m.sub = a.sub) AS patients
           FROM account a WHERE login = $1`,
        [login],
      )
    ).rows;

  it.each([
    ['member', JUANA, 'Leo Ibáñez'],
    ['representative', ROSA, 'Otto Old'],
  ])('of a %s is taken away whole, and the right person makes hers', async (_, typed, whose) => {
    const [wrong, right] = [`not.hers.${typed.number}`, `hers.${typed.number}`];
    expect((await make(typed, wrong)).html).toContain(whose);
    const unlink = { act: 'unlink', subject: `joined/${typed.number}` };
    expect((await administer(world, 'POST', 'northwind/repairs', unlink)).status).toBe(200);
    const browser = new Browser(world.url);
    const login = await browser.open(startAuthorization(world, app).url);
    expect((await browser.logIn(login, wrong, JOINED_PASSWORD)).html).toContain('do not match');
    expect(await sees(wrong.toLowerCase())).toEqual([{ fhir_user: null, patients: [] }]);
    expect((await make(typed, right)).html).toContain(whose);
  });
});
