/** What a person has here, found as the plan knows her: by her subject at the identity provider, her number, or her login. */
import { z } from 'zod';
import { ACCOUNT_COLUMNS, type AccountRow, normalizeLogin } from '../accounts/accounts.ts';
import { keepLoginChange } from '../accounts/login-changes.ts';
import { contextOfPlan } from '../audit/access-event.ts';
import { endGrantsOf } from '../consent/end-grants.ts';
import type { Queryable, RunSql } from '../database.ts';
import { ignoresCase } from '../tenant/federation-settings.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** Exactly one of them. */
export const PersonAtPlan = z.union([
  z.strictObject({ subject: z.string().min(1) }),
  z.strictObject({ number: z.string().min(1) }),
  z.strictObject({ login: z.string().min(1) }),
]);
export type PersonAtPlan = z.infer<typeof PersonAtPlan>;

const LOCK = (condition: string): string =>
  `SELECT ${ACCOUNT_COLUMNS} FROM account a WHERE tenant = $1 AND ${condition} ORDER BY sub FOR UPDATE`;
/** A person may be a member and an auditor. */
const BY_SUBJECT = LOCK(`sub IN (SELECT f.sub FROM federated_identity f WHERE f.tenant = $1 AND f.subject = $2
                       UNION ALL SELECT i.sub FROM auditor_identity i WHERE i.tenant = $1 AND i.subject = $2)`);

/** A plan, with what it says about the numbers of its members. */
type Plan = Pick<Tenant, 'id' | 'settings'>;

/** @returns SQL: has the login `f` this number? Its own may be in another case than the plan's list, or not be there any more. */
export const hasNumber = ({ federation }: Plan['settings']): string =>
  ignoresCase(federation) ? 'lower(f.number) = lower($2)' : 'f.number = $2';

function statementFor({ settings }: Plan, person: PersonAtPlan): [text: string, value: string] {
  if ('login' in person) return [LOCK('login = $2'), normalizeLogin(person.login)];
  if ('subject' in person) return [BY_SUBJECT, person.subject];
  const condition = `f.tenant = $1 AND ${hasNumber(settings)}`;
  return [LOCK(`sub IN (SELECT f.sub FROM federated_identity f WHERE ${condition})`), person.number];
}

/** The accounts of a person, locked until the transaction ends: one, or one for each issuer that she has come from. */
export function lockPeople(query: RunSql, tenant: Plan, person: PersonAtPlan): Promise<AccountRow[]> {
  const [text, value] = statementFor(tenant, person);
  return query<AccountRow>(text, [tenant.id, value]);
}

const INACTIVE = 'SELECT 1 FROM scim_user WHERE tenant = $1 AND person = $2 AND NOT active LIMIT 1';

/** @returns whether the provider has not said over SCIM that this person is no longer active */
export const isActive = async (db: Queryable, tenant: string, subject: string): Promise<boolean> =>
  (await db.query(INACTIVE, [tenant, subject])).rows.length === 0;

/** The member who logs in, for the trail. */
export const memberBehind = (row: AccountRow): string | undefined => row.self ?? undefined;

/**
 * Ends all that an account has: sessions, open pages, grants with their tokens. The member reads of it.
 *
 * @returns how many grants ended
 */
export async function endEverythingOf(query: RunSql, tenant: string, sub: string): Promise<number> {
  await keepLoginChange(query, tenant, sub, 'sessions-ended-by-plan');
  return endGrantsOf(query, { account: sub }, 'plan', contextOfPlan(tenant));
}
