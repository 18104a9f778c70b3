import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { normalizeLogin } from '../accounts/accounts.ts';
import { hashPassword, verifyPassword } from '../accounts/password.ts';
import { endGrantsOf } from '../consent/end-grants.ts';
import { inPrismaTransaction, queryIn } from '../database.ts';
import { NewMember, setRelations } from '../relations/relations.ts';
import type { PrismaClient } from '../../generated/client.ts';

export const NewAccount = z.object({
  tenant: z.string().min(1),
  login: z.string().transform(normalizeLogin).pipe(z.string().min(1)),
  password: z.string().min(1),
  /** whose data the login may see */
  patients: z.array(NewMember).min(1),
  /** who logs in, if that person is none of the patients */
  fhirUser: z
    .string()
    .regex(/^(RelatedPerson|Person)\/[A-Za-z0-9.-]{1,64}$/, 'RelatedPerson/<id> or Person/<id>')
    .optional(),
});
export type NewAccount = z.infer<typeof NewAccount>;

/** A login of somebody who works for the plan and reads the audit trail. */
export const NewAuditor = NewAccount.pick({ tenant: true, login: true, password: true });
export type NewAuditor = z.infer<typeof NewAuditor>;

const NewPassword = NewAccount.pick({ tenant: true, login: true, password: true });
type NewPassword = z.infer<typeof NewPassword>;

/** The context of an event that no request caused. */
const byThePlan = (tenantId: string) => ({ requestId: randomUUID(), tenant: { id: tenantId, issuer: '' } });

/**
 * Sets a new password. The same transaction ends what the old password opened: sessions, open pages and all grants
 * of the login (security case O25).
 */
async function replacePassword(
  prisma: PrismaClient,
  { tenantId, sub }: { tenantId: string; sub: string },
  password: string,
): Promise<void> {
  const passwordHash = await hashPassword(password);
  await inPrismaTransaction(prisma, async (transaction) => {
    await transaction.account.update({
      where: { tenantId_sub: { tenantId, sub } },
      data: { passwordHash },
    });
    await endGrantsOf(queryIn(transaction), { account: sub }, 'password', byThePlan(tenantId));
  });
}

/**
 * Sets who a login is and whose data it may see. For a person who is no longer among them, the grants of the login
 * end.
 */
async function replaceMembers(
  prisma: PrismaClient,
  { tenantId, sub }: { tenantId: string; sub: string },
  { patients, fhirUser = null }: { patients: readonly NewMember[]; fhirUser?: string | null },
): Promise<void> {
  await inPrismaTransaction(prisma, async (transaction) => {
    await transaction.account.update({ where: { tenantId_sub: { tenantId, sub } }, data: { fhirUser } });
    await setRelations(queryIn(transaction), { tenant: tenantId, sub }, patients);
  });
}

/** @throws Error when there is no such login */
export async function setPassword(prisma: PrismaClient, values: unknown): Promise<void> {
  const { tenant: tenantId, login, password } = NewPassword.parse(values);
  const account = await prisma.account.findUnique({ where: { tenantId_login: { tenantId, login } } });
  if (!account) throw new Error(`no login "${login}" at "${tenantId}"`);
  await replacePassword(prisma, account, password);
}

/**
 * Creates the login of an auditor, or sets its password.
 *
 * @throws Error that names the login when it is a member's, or the tenant when there is none
 */
export async function saveAuditor(prisma: PrismaClient, auditor: NewAuditor): Promise<void> {
  const { tenant: tenantId, login, password } = auditor;
  await requireTenant(prisma, tenantId);
  const existing = await prisma.account.findUnique({ where: { tenantId_login: { tenantId, login } } });
  if (existing && existing.role !== 'auditor')
    throw new Error(`"${login}" is a member's login at "${tenantId}": an auditor has one of their own`);
  if (existing)
    return (await verifyPassword(existing.passwordHash, password))
      ? undefined
      : replacePassword(prisma, existing, password);
  const passwordHash = await hashPassword(password);
  await prisma.account.create({
    data: { tenantId, login, passwordHash, sub: randomUUID(), role: 'auditor' },
  });
}

async function requireTenant(prisma: PrismaClient, id: string): Promise<void> {
  if (!(await prisma.tenant.findUnique({ where: { id } }))) throw new Error(`no tenant "${id}"`);
}

/**
 * Creates a login, or sets the password and members of an existing one. The subject identifier stays. A password
 * that equals the stored one changes nothing.
 *
 * @throws Error that names the tenant when there is none
 */
export async function saveAccount(prisma: PrismaClient, account: NewAccount): Promise<void> {
  const { tenant: tenantId, login, fhirUser = null, patients } = account;
  await requireTenant(prisma, tenantId);
  const existing = await prisma.account.findUnique({ where: { tenantId_login: { tenantId, login } } });
  if (existing) {
    await replaceMembers(prisma, existing, account);
    const same = await verifyPassword(existing.passwordHash, account.password);
    return same ? undefined : replacePassword(prisma, existing, account.password);
  }
  const passwordHash = await hashPassword(account.password);
  const sub = randomUUID();
  await inPrismaTransaction(prisma, async (transaction) => {
    await transaction.account.create({ data: { tenantId, login, passwordHash, fhirUser, sub } });
    await setRelations(queryIn(transaction), { tenant: tenantId, sub }, patients);
  });
}
