/**
 * Links between auditors at the plan's identity provider and their accounts here, for administrators who repair them. What
 * the same person has as a member is another link: see identities.ts.
 */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { normalizeLogin } from '../../accounts/accounts.ts';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { endEverythingOf } from '../../federation/people.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { RepairRefused, unlessTaken } from './repair-refused.ts';

/** A link as administrators see it. */
export interface DescribedAuditor {
  iss: string;
  subject: string;
  /** `sub` of the account here */
  sub: string;
  /** what the trail calls the auditor */
  login: string;
}

/** An auditor has no member number. */
const Auditor = z.union([
  z.strictObject({ subject: z.string().min(1) }),
  z.strictObject({ login: z.string().min(1) }),
]);

const LIST = (condition: string): string => `
  SELECT i.iss, i.subject, i.sub, a.login
    FROM auditor_identity i JOIN account a ON a.tenant = i.tenant AND a.sub = i.sub
   WHERE i.tenant = $1 AND ${condition} ORDER BY i.iss, i.subject`;

/** @param given one of `subject`, `login` @throws ZodError */
export async function listAuditors(
  { pool, tenant }: Administration,
  given: unknown,
): Promise<DescribedAuditor[]> {
  const auditor = Auditor.parse(given);
  const [condition, value] =
    'login' in auditor
      ? ['a.login = $2', normalizeLogin(auditor.login)]
      : ['i.subject = $2', auditor.subject];
  return (await pool.query<DescribedAuditor>(LIST(condition), [tenant.id, value])).rows;
}

const LOCK = 'SELECT iss, sub FROM auditor_identity WHERE tenant = $1 AND subject = $2 FOR UPDATE';

/** @returns `sub` of the account @throws NotFoundError; RepairRefused when two issuers have this subject */
async function lockAuditor(db: PoolClient, tenant: string, subject: string): Promise<string> {
  const [row, another] = (await db.query<{ sub: string }>(LOCK, [tenant, subject])).rows;
  if (!row) throw new NotFoundError(`no auditor "${subject}" at "${tenant}"`);
  if (another) throw new RepairRefused(`"${subject}" comes from two issuers: move one of them first`);
  return row.sub;
}

const MOVE = 'UPDATE auditor_identity SET subject = $3 WHERE tenant = $1 AND subject = $2';

/**
 * A user was deleted at the provider and made anew: the new subject gets the auditor's account.
 *
 * @throws NotFoundError; RepairRefused when the new subject has an account already
 */
export function moveAuditor(admin: Administration, subject: string, to: string): Promise<void> {
  return unlessTaken(
    inTransaction(admin.pool, async (db) => {
      await lockAuditor(db, admin.tenant.id, subject);
      await db.query(MOVE, [admin.tenant.id, subject, to]);
      await recordAct(db, actorOf(admin), { action: 'auditor-move', words: `from ${subject} to ${to}` });
    }),
  );
}

const UNLINK = 'DELETE FROM auditor_identity WHERE tenant = $1 AND subject = $2';
/** The account stays, as the trail names it. Its name is free for the next account of that person. */
const FREE_NAME = 'UPDATE account SET login = sub::text WHERE tenant = $1 AND sub = $2::uuid';

/**
 * Takes a link away, and ends the sessions. The next login of that subject is a first login.
 *
 * @throws NotFoundError
 */
export function unlinkAuditor(admin: Administration, subject: string): Promise<void> {
  const tenant = admin.tenant.id;
  return inTransaction(admin.pool, async (db) => {
    const sub = await lockAuditor(db, tenant, subject);
    await endEverythingOf(queryOn(db), tenant, sub);
    await db.query(UNLINK, [tenant, subject]);
    await db.query(FREE_NAME, [tenant, sub]);
    await recordAct(db, actorOf(admin), { action: 'auditor-unlink', words: subject });
  });
}
