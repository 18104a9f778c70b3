/** Logins as the plan creates them and as a seed describes them. */
import { z } from 'zod';
import { type Account, type AccountRow, normalizeLogin, ownMember } from '../../accounts/accounts.ts';
import { keepLoginChange } from '../../accounts/login-changes.ts';
import { verifyPassword } from '../../accounts/password.ts';
import { contextOfPlan } from '../../audit/access-event.ts';
import { type Operator, recordActsBy } from '../../audit/acts.ts';
import { endGrantsOf } from '../../consent/end-grants.ts';
import { inPrismaTransaction, queryIn, type RunSql } from '../../database.ts';
import type { PrismaClient } from '../../../generated/client.ts';
import { FhirUser, NewMember, setRelations } from '../../relations/relations.ts';
import { type Administration, openPlan } from '../administration.ts';
import { AnotherPerson, insertLogin, lockLogin, personBehind } from './login-rows.ts';
import { hashNewPassword } from './new-password.ts';

export const NewAccount = z.object({
  tenant: z.string().min(1),
  login: z.string().transform(normalizeLogin).pipe(z.string().min(1)),
  password: z.string(),
  /** whose data the login may see */
  patients: z
    .array(NewMember)
    .min(1)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'has the same person twice'),
  /** who logs in, if that person is none of the patients */
  fhirUser: FhirUser.optional(),
});
export type NewAccount = z.infer<typeof NewAccount>;

/** A login of somebody who works for the plan and reads the audit trail. */
export const NewAuditor = NewAccount.pick({ tenant: true, login: true, password: true }).extend({
  /** for the day on which the identity provider is away; each use raises an alarm */
  breakGlass: z.boolean().optional(),
});
export type NewAuditor = z.infer<typeof NewAuditor>;

type Described = Pick<Account, 'login' | 'role' | 'members'> & {
  fhirUser: string | null;
  breakGlass?: boolean;
  relations: readonly NewMember[];
};

export const describeAccount = ({
  login,
  patients,
  fhirUser,
}: Omit<NewAccount, 'tenant' | 'password'>): Described => ({
  login,
  role: 'member',
  fhirUser: fhirUser ?? null,
  members: patients.map(({ id, relationship, name }) => ({ patient: id, relationship, name })),
  // Of one member only, the person whom the plan has named is in that member's record.
  relations: patients.map((patient) => ({
    ...patient,
    ...(patients.length === 1 && fhirUser !== undefined && { fhirUser: patient.fhirUser ?? fhirUser }),
  })),
});

const describeAuditor = ({ login, breakGlass = false }: NewAuditor): Described => ({
  login,
  breakGlass,
  role: 'auditor',
  fhirUser: null,
  members: [],
  relations: [],
});

/**
 * Sets a new password for the plan. The same transaction ends what the old password opened: sessions, open pages and
 * all grants of the login (security case O25).
 */
export async function replacePassword(
  query: RunSql,
  tenantId: string,
  sub: string,
  passwordHash: string,
): Promise<void> {
  await query('UPDATE account SET password_hash = $3 WHERE tenant = $1 AND sub = $2::uuid', [
    tenantId,
    sub,
    passwordHash,
  ]);
  await endGrantsOf(query, { account: sub }, 'password', contextOfPlan(tenantId));
  await keepLoginChange(query, tenantId, sub, 'password-set-by-plan');
}

/** One for each person whose data the login opens, or that of an auditor, who has a name in the trail. */
const actsOfCreating = ({ login, role, relations }: Described) =>
  role === 'auditor'
    ? [{ action: 'auditor-create', words: login }]
    : relations.map(({ id }) => ({ action: 'login-create', member: id }));

/** @param by whose act it is in the trail; undefined: it leaves no event */
async function createLogin(
  prisma: PrismaClient,
  plan: Administration['tenant'],
  account: Described & { password: string },
  by?: Operator,
): Promise<void> {
  const { password, ...described } = account;
  const passwordHash = await hashNewPassword(plan, described, password);
  await inPrismaTransaction(prisma, async (transaction) => {
    const query = queryIn(transaction);
    if (!(await insertLogin(query, { tenant: plan.id, passwordHash, ...described })))
      throw new Error(
        `the login "${account.login}" exists at "${plan.id}": see account set-password, account reassign and relation set`,
      );
    await recordActsBy(query, by, plan.id, actsOfCreating(described));
  });
}

/**
 * Creates a login.
 *
 * @param by whose act it is in the trail
 * @throws Error when the login exists or the tenant does not; ActRefused
 */
export async function createAccount(prisma: PrismaClient, account: NewAccount, by: Operator): Promise<void> {
  const plan = await openPlan(prisma, account.tenant);
  await createLogin(prisma, plan, { ...describeAccount(account), password: account.password }, by);
}

/** Creates the login of an auditor; throws like {@link createAccount}. */
export async function createAuditor(prisma: PrismaClient, auditor: NewAuditor, by: Operator): Promise<void> {
  const plan = await openPlan(prisma, auditor.tenant);
  await createLogin(prisma, plan, { ...describeAuditor(auditor), password: auditor.password }, by);
}

/** @throws AnotherPerson unless the login stands for the same person before and after: their data is not the other's */
function requireSamePerson(before: AccountRow, after: Described): void {
  const same =
    before.role === after.role &&
    personBehind(before) === personBehind({ self: ownMember(after)?.patient, fhir_user: after.fhirUser });
  if (!same) throw new AnotherPerson(after.login);
}

const SET_PERSON = 'UPDATE account SET fhir_user = $3 WHERE tenant = $1 AND sub = $2::uuid';

/** Makes a login what a seed says. A password that equals the stored one changes nothing. */
async function saveLogin(
  prisma: PrismaClient,
  tenantId: string,
  account: Described,
  password: string,
): Promise<void> {
  const plan = await openPlan(prisma, tenantId);
  const exists = await inPrismaTransaction(prisma, async (transaction) => {
    const query = queryIn(transaction);
    const row = await lockLogin(query, tenantId, account.login);
    if (!row) return false;
    requireSamePerson(row, account);
    await query(SET_PERSON, [tenantId, row.sub, account.fhirUser]);
    await setRelations(query, { tenant: tenantId, sub: row.sub }, account.relations);
    if (!(await verifyPassword(row.password_hash, password)))
      await replacePassword(query, tenantId, row.sub, await hashNewPassword(plan, account, password));
    return true;
  });
  if (!exists) await createLogin(prisma, plan, { ...account, password });
}

/**
 * For a seed: creates a login, or sets the password and members of an existing one, whose subject identifier stays.
 *
 * @throws Error when the login stands for another person, or there is no such tenant; ActRefused
 */
export function saveAccount(prisma: PrismaClient, account: NewAccount): Promise<void> {
  return saveLogin(prisma, account.tenant, describeAccount(account), account.password);
}

/** For a seed: creates the login of an auditor, or sets its password; throws like {@link saveAccount}. */
export function saveAuditor(prisma: PrismaClient, auditor: NewAuditor): Promise<void> {
  return saveLogin(prisma, auditor.tenant, describeAuditor(auditor), auditor.password);
}
