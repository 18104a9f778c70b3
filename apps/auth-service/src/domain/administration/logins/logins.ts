/** What administrators of a plan do with one login. The command line and the HTTP API both use these functions. */
import { inTransaction } from '@patient-access/database';
import { z } from 'zod';
import { type AccountRow, normalizeLogin, toAccount } from '../../accounts/accounts.ts';
import { keepLoginChange, type LoginChange } from '../../accounts/login-changes.ts';
import { endSessionsOf } from '../../accounts/sessions.ts';
import { contextOfPlan } from '../../audit/access-event.ts';
import { recordAct, recordActsBy } from '../../audit/acts.ts';
import { endGrantsOf } from '../../consent/end-grants.ts';
import { queryOn, type RunSql } from '../../database.ts';
import { memberBehind } from '../../federation/people.ts';
import { describeAccount, NewAccount, replacePassword } from './accounts.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { insertLogin, lockLogin } from './login-rows.ts';
import { hashNewPassword } from './new-password.ts';

/** Who a login is from now on. */
export const LoginPerson = NewAccount.omit({ tenant: true, login: true });

/** Runs `work` on the locked row of a login, and records what was done, in one transaction. */
async function changeLogin(
  admin: Administration,
  typed: string,
  action: string,
  work: (query: RunSql, row: AccountRow) => Promise<void>,
): Promise<void> {
  const login = normalizeLogin(typed);
  await inTransaction(admin.pool, async (db) => {
    const query = queryOn(db);
    const row = await lockLogin(query, admin.tenant.id, login);
    if (!row) throw new NotFoundError(`no login "${login}" at "${admin.tenant.id}"`);
    await work(query, row);
    await recordAct(db, actorOf(admin), { action, member: memberBehind(row) });
  });
}

/** Ends the sessions and all grants of the login. @throws NotFoundError; ActRefused; PasswordChecksBusy */
export async function setLoginPassword(
  admin: Administration,
  login: string,
  password: string,
): Promise<void> {
  const { pool, tenant } = admin;
  // No row is locked while the password waits to be hashed.
  const found = await lockLogin(queryOn(pool), tenant.id, normalizeLogin(login));
  const passwordHash = found && (await hashNewPassword(tenant, toAccount(found), password));
  await changeLogin(admin, login, 'login-password', async (query, { sub }) => {
    if (passwordHash === undefined || sub !== found?.sub)
      throw new NotFoundError(`the login "${login}" was made or given to somebody else meanwhile`);
    await replacePassword(query, tenant.id, sub, passwordHash);
  });
}

/**
 * Gives a login to another person: a new subject identifier, password and members. All that the person before had
 * with it ends: grants, sessions, second factor, logins at the plan's identity provider (security case O62).
 *
 * @throws NotFoundError; ActRefused
 */
export async function reassignLogin(
  admin: Administration,
  login: string,
  { password, ...values }: z.infer<typeof LoginPerson>,
): Promise<void> {
  const { tenant } = admin;
  const after = describeAccount({ ...values, login: normalizeLogin(login) });
  const passwordHash = await hashNewPassword(tenant, after, password);
  await changeLogin(admin, login, 'login-reassign', async (query, row) => {
    if (row.role !== after.role)
      throw new Error(`"${login}" is an auditor's login: it is given to nobody else`);
    await endGrantsOf(query, { account: row.sub }, 'plan', contextOfPlan(tenant.id));
    await query('DELETE FROM account WHERE tenant = $1 AND sub = $2::uuid', [tenant.id, row.sub]);
    await insertLogin(query, { tenant: tenant.id, passwordHash, ...after });
    // The trail of each person whose data the login may see from now on; that of the person before gets it below.
    const sees = after.members.filter(({ patient }) => patient !== row.self);
    const acts = sees.map(({ patient: member }) => ({ action: 'login-reassign', member }));
    await recordActsBy(query, actorOf(admin), tenant.id, acts);
  });
}

const DELETE_FACTOR = 'DELETE FROM second_factor WHERE tenant = $1 AND sub = $2::uuid RETURNING 1';

/** Staff's help for somebody: the member reads of it on her own page. */
async function helpMember(
  admin: Administration,
  login: string,
  change: Extract<LoginChange, 'second-factor-reset' | 'sessions-ended-by-plan'>,
  work: (query: RunSql, row: AccountRow) => Promise<void>,
): Promise<void> {
  await changeLogin(admin, login, change, async (query, row) => {
    await work(query, row);
    await endSessionsOf(query, admin.tenant.id, row.sub);
    await keepLoginChange(query, admin.tenant.id, row.sub, change);
  });
}

/**
 * Takes the second factor of a login away, for somebody who has lost it, and ends the sessions.
 *
 * @throws NotFoundError when there is no such login, or it has no second factor
 */
export function resetSecondFactor(admin: Administration, login: string): Promise<void> {
  return helpMember(admin, login, 'second-factor-reset', async (query, { sub }) => {
    const [gone] = await query(DELETE_FACTOR, [admin.tenant.id, sub]);
    if (!gone) throw new NotFoundError(`"${login}" has no second factor at "${admin.tenant.id}"`);
  });
}

/** Ends all sessions of a login; its grants stay. */
export function endLoginSessions(admin: Administration, login: string): Promise<void> {
  return helpMember(admin, login, 'sessions-ended-by-plan', () => Promise.resolve());
}
