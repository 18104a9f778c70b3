/** The account of an auditor who logs in at the plan's identity provider. */
import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { normalizeLogin } from '../accounts/accounts.ts';
import { type AuditorIdentity, LoginRefused } from './identity.ts';
import type { LinkedAccount } from './link-identity.ts';
import { isActive } from './people.ts';
import { holdForLogin } from './person-lock.ts';

const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))';
const KNOWN = `
  SELECT a.sub, a.logins_ended AS "loginsEnded" FROM auditor_identity i JOIN account a USING (tenant, sub)
   WHERE i.tenant = $1 AND i.iss = $2 AND i.subject = $3`;
/** A name that another login has is not taken away from it. */
const NEW_ACCOUNT = `INSERT INTO account (tenant, sub, login, role)
  VALUES ($1, $2::uuid, $3, 'auditor') ON CONFLICT (tenant, login) DO NOTHING RETURNING 1`;
const NEW_IDENTITY = 'INSERT INTO auditor_identity (tenant, iss, subject, sub) VALUES ($1, $2, $3, $4::uuid)';

/**
 * Finds or creates the account. It has no password and sees no member's data.
 *
 * @throws LoginRefused for somebody who is not active, as the provider has said over SCIM
 */
export function linkAuditor(
  pool: Pool,
  tenant: string,
  { iss, subject, name }: AuditorIdentity,
): Promise<LinkedAccount> {
  return inTransaction(pool, async (client) => {
    await client.query(LOCK, [JSON.stringify([tenant, iss, subject, 'auditor'])]);
    await holdForLogin(client, tenant, [subject]);
    if (!(await isActive(client, tenant, subject))) throw new LoginRefused('not-active');
    const { rows } = await client.query<LinkedAccount>(KNOWN, [tenant, iss, subject]);
    if (rows[0]) return rows[0];
    const sub = randomUUID();
    for (const login of [normalizeLogin(name), normalizeLogin(`${name} ${subject}`), sub]) {
      if (login === '' || (await client.query(NEW_ACCOUNT, [tenant, sub, login])).rowCount !== 1) continue;
      await client.query(NEW_IDENTITY, [tenant, iss, subject, sub]);
      return { sub, loginsEnded: 0 };
    }
    throw new Error('no account for an auditor');
  });
}
