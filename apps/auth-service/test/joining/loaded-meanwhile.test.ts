import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { setPlanMembers } from '../../src/domain/administration/members/plan-members.ts';
import { queryOn } from '../../src/domain/database.ts';
import { registerApp } from '../app.ts';
import type { BrowserPage } from '../browser.ts';
import { loadMembers } from '../configure.ts';
import { lockWaits } from '../lock-waits.ts';
import { type MailWorld, noMailWaits, startMailWorld, takeMail } from '../mail/world.ts';
import { CARL, codeIn, JUANA, loadPlan, makeLogin, openForm, sayWho, typeCode } from './joiner.ts';

const SELF = { id: 'juana', relationship: 'self', name: 'Juana Ibáñez Ortega' };

describe('an account that is made while the plan loads its number', () => {
  let mails: MailWorld;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true, join: {} });
    await loadPlan(mails.world);
  }, 60_000);
  afterAll(() => mails?.stop());

  it('O53: sees what the load says, and not what was said before', async () => {
    const { world } = mails;
    const [browser, form] = await openForm(world, await registerApp(world));
    const page = await sayWho(browser, form, JUANA);
    const mail = await takeMail(mails);
    const login = await typeCode(browser, page, codeIn(mail));
    const pool = await createPool(world.databaseUrl, { max: 1 });
    const returned = inTransaction(pool, async (db) => {
      await setPlanMembers(queryOn(db), 'northwind', [{ number: JUANA.number, patients: [SELF] }]);
      let isMade = false;
      const made = makeLogin(browser, login, 'juana').finally(() => (isMade = true));
      await waitUntil(async () => isMade || (await lockWaits(world)) > 0);
      return [made];
    });
    await Promise.all(await returned);
    await pool.end();
    const { rows } = await world.db.query(
      `SELECT m.patient FROM account a JOIN account_member m USING (tenant, sub) WHERE a.login = 'juana'`,
    );
    expect(rows).toEqual([{ patient: 'juana' }]);
  });

  /** @returns the answer to the form that makes the account, which ends when a load waits for it */
  async function makeWhileLoading(): Promise<BrowserPage> {
    const { world, server } = mails;
    await noMailWaits(world);
    server.mails.length = 0;
    const [browser, form] = await openForm(world, await registerApp(world));
    const page = await sayWho(browser, form, CARL);
    const mail = await takeMail(mails);
    const login = await typeCode(browser, page, codeIn(mail));
    const pool = await createPool(world.databaseUrl, { max: 1 });
    let isMade = false;
    const waiting = (count: number) => waitUntil(async () => isMade || (await lockWaits(world)) >= count);
    const returned = inTransaction(pool, async (db) => {
      // Making the account ends with this row.
      await db.query('SELECT FROM plan_person WHERE number = $1 FOR UPDATE', [CARL.number]);
      const made = makeLogin(browser, login, 'carl').finally(() => (isMade = true));
      await waiting(1);
      const patients = [{ id: 'carl', relationship: 'self', name: 'Carl Quiet' }];
      const line = { number: 'NW-3005', formerNumber: CARL.number, patients };
      const loaded = loadMembers(world, JSON.stringify(line));
      await waiting(2);
      return [made, loaded] as const;
    });
    const [made] = await Promise.all(await returned);
    await pool.end();
    return made;
  }

  it('O109: goes on under the new number when the load takes its number over', async () => {
    const { world } = mails;
    // A busy machine may begin the load when the account has waited for longer than it does. Then it is not made.
    while ((await makeWhileLoading()).status === 503) await loadPlan(world);
    const { rows } = await world.db.query(
      `SELECT f.number FROM account a JOIN federated_identity f USING (tenant, sub) WHERE a.login = 'carl'`,
    );
    expect(rows).toEqual([{ number: 'NW-3005' }]);
  });
});
