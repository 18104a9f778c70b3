import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { normalizeLogin } from '../accounts/accounts.ts';
import { hashPassword, verifyPassword } from '../accounts/password.ts';
import { endGrantsOf } from '../consent/end-grants.ts';
import { inPrismaTransaction, queryIn } from './database.ts';
import type { AccountMember, PrismaClient } from '../generated/client.ts';

/** Somebody whose data a login may see. */
export const NewMember = z.object({
  id: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'a FHIR id'),
  relationship: z.string().min(1).max(32),
  name: z.string().min(1).max(100),
});

export const NewAccount = z.object({
  tenant: z.string().min(1),
  login: z.string().transform(normalizeLogin).pipe(z.string().min(1)),
  password: z.string().min(1),
  /** whose data the login may see */
  patients: z.array(NewMember).min(1),
  /** who logs in, when it is none of the patients */
  fhirUser: z
    .string()
    .regex(/^(RelatedPerson|Person)\/[A-Za-z0-9.-]{1,64}$/, 'RelatedPerson/<id> or Person/<id>')
    .optional(),
});
export type NewAccount = z.infer<typeof NewAccount>;

const NewPassword = NewAccount.pick({ tenant: true, login: true, password: true });
type NewPassword = z.infer<typeof NewPassword>;

/** Of an event that is nobody's request. */
const byThePlan = (tenantId: string) => ({ requestId: randomUUID(), tenant: { id: tenantId, issuer: '' } });

/**
 * Sets a password that is another than before, and in the same transaction ends what the old one had opened: sessions,
 * open pages and all grants of the login (security case O25).
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

type Members = Omit<AccountMember, 'tenantId' | 'sub'>[];

/** Sets who a login is and whose data it may see; what it gave apps of somebody's who is no longer among them ends with that. */
async function replaceMembers(
  prisma: PrismaClient,
  { tenantId, sub, members: before }: { tenantId: string; sub: string; members: AccountMember[] },
  members: Members,
  fhirUser: string | null,
): Promise<void> {
  const kept = new Set(members.map(({ patient }) => patient));
  await inPrismaTransaction(prisma, async (transaction) => {
    const where = { tenantId_sub: { tenantId, sub } };
    const replaced = { deleteMany: {}, create: members };
    await transaction.account.update({ where, data: { fhirUser, members: replaced } });
    for (const { patient } of before.filter(({ patient }) => !kept.has(patient))) {
      const whose = { account: sub, member: patient };
      await endGrantsOf(queryIn(transaction), whose, 'plan', byThePlan(tenantId));
    }
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
 * Creates a login, or sets the password and members of one that exists; its subject identifier stays. A password that
 * is the same as before changes nothing.
 *
 * @throws Error that names the tenant when there is none
 */
export async function saveAccount(prisma: PrismaClient, account: NewAccount): Promise<void> {
  const { tenant: tenantId, login, fhirUser = null } = account;
  if (!(await prisma.tenant.findUnique({ where: { id: tenantId } })))
    throw new Error(`no tenant "${tenantId}"`);
  const members = account.patients.map(({ id, relationship, name }, position) => ({
    patient: id,
    relationship,
    name,
    position,
  }));
  const where = { tenantId_login: { tenantId, login } };
  const existing = await prisma.account.findUnique({ where, include: { members: true } });
  if (existing) {
    await replaceMembers(prisma, existing, members, fhirUser);
    const same = await verifyPassword(existing.passwordHash, account.password);
    return same ? undefined : replacePassword(prisma, existing, account.password);
  }
  const passwordHash = await hashPassword(account.password);
  const created = { tenantId, login, passwordHash, fhirUser, sub: randomUUID() };
  await prisma.account.create({ data: { ...created, members: { create: members } } });
}
