/** A member changes her own password. */
import { inTransaction, type Pool } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import type { EventContext } from '../audit/access-event.ts';
import type { Account } from './accounts.ts';
import { queryOn } from '../database.ts';
import { keepLoginChange } from './login-changes.ts';
import { loginEvent } from './login-event.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { endSessionsOf } from './sessions.ts';

const FIND = 'SELECT password_hash FROM account WHERE tenant = $1 AND sub = $2';
/** Of two changes at the same time the second finds another hash than the one that it was checked against. */
const REPLACE = 'UPDATE account SET password_hash = $3 WHERE tenant = $1 AND sub = $2 AND password_hash = $4';

interface PasswordChange {
  current: string;
  /** checked with `passwordProblem` already */
  next: string;
  /** uid of the session in which it is changed */
  session: string;
}

/**
 * Changes a password that the member knows. Her grants and this session stay; every other session ends, as somebody
 * else may have begun it (ADR 58).
 *
 * @returns false when the current password is wrong
 * @throws PasswordChecksBusy when too many passwords are being checked
 */
export async function changePassword(
  pool: Pool,
  eventContext: EventContext,
  account: Account,
  { current, next, session }: PasswordChange,
): Promise<boolean> {
  const { sub } = account;
  const tenant = eventContext.tenant.id;
  const { rows } = await pool.query<{ password_hash: string | null }>(FIND, [tenant, sub]);
  const stored = rows[0]?.password_hash;
  if (!(await verifyPassword(stored, current))) return false;
  const passwordHash = await hashPassword(next);
  return inTransaction(pool, async (db) => {
    const { rowCount } = await db.query(REPLACE, [tenant, sub, passwordHash, stored]);
    if (rowCount !== 1) return false;
    const query = queryOn(db);
    await endSessionsOf(query, tenant, sub, session);
    await keepLoginChange(query, tenant, sub, 'password-changed');
    const event = loginEvent(eventContext, { action: 'password-change', account });
    await db.query(recordStatement([event]));
    return true;
  });
}
