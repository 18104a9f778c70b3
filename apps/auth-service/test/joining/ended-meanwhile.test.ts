import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { registerVerifiedApp, startAuthorization } from '../app.ts';
import { configure } from '../configure.ts';
import { lockWaits } from '../lock-waits.ts';
import { FROM, type MailWorld, startMailWorld, takeMail } from '../mail/world.ts';
import { codeIn, JUANA, loadPlan, makeLogin, openForm, sayWho, typeCode } from './joiner.ts';

const FEDERATION = {
  issuer: 'http://127.0.0.1:9',
  name: 'Member Site',
  clientId: 'here',
  clientSecret: 'a secret',
  memberClaim: 'member_number',
  scimToken: 'a token of forty characters for the tests',
  scimPerson: { attribute: 'userName', is: 'number' },
};

describe('an account that is made while SCIM ends its person', () => {
  let mails: MailWorld;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true, join: {} });
    await loadPlan(mails.world);
    const settings = { nativeApps: true, mail: { from: FROM }, join: {} };
    await configure(mails.world, { ...settings, federation: FEDERATION });
  }, 60_000);
  afterAll(() => mails?.stop());

  const end = () =>
    fetch(`${mails.world.url}/auth/northwind/scim/v2/Users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${FEDERATION.scimToken}`,
        'content-type': 'application/scim+json',
      },
      body: JSON.stringify({ userName: JUANA.number, active: false }),
    });

  it('O91: has no session', async () => {
    const { world } = mails;
    const app = await registerVerifiedApp(world);
    const [browser, form] = await openForm(world, app);
    const page = await sayWho(browser, form, JUANA);
    const mail = await takeMail(mails);
    const login = await typeCode(browser, page, codeIn(mail));
    // It has been read that she is active, and her account is not there yet.
    const holder = await world.db.connect();
    await holder.query('BEGIN; LOCK TABLE account IN SHARE MODE');
    const made = makeLogin(browser, login, 'juana');
    await waitUntil(async () => (await lockWaits(world, 'relation')) > 0);
    const state = { isOver: false };
    const ended = end().finally(() => (state.isOver = true));
    await waitUntil(async () => state.isOver || (await lockWaits(world, 'advisory')) > 0);
    await holder.query('COMMIT');
    holder.release();
    const [{ status }] = await Promise.all([ended, made]);
    const silent = await browser.open(startAuthorization(world, app, { prompt: 'none' }).url);
    expect([status, silent.headers.get('location')]).toEqual([
      201,
      expect.stringContaining('login_required'),
    ]);
    expect((await world.db.query("SELECT FROM account WHERE login = 'juana'")).rows).toHaveLength(1);
  });
});
