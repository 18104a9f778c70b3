import type { PrismaClient } from '../generated/client.ts';
import { verifyPassword } from './password.ts';

/** Somebody whose data a login may see. */
export interface Member {
  /** logical id of the FHIR Patient */
  patient: string;
  /** to the person who logs in: `self`, `spouse`, `child`, … */
  relationship: string;
  name: string;
}

export interface Account {
  sub: string;
  login: string;
  /** relative reference, when the person is none of the members */
  fhirUser: string | null;
  members: Member[];
}

const MAX_LOGIN_CHARACTERS = 128;

/** Logins are compared without regard to case, surrounding space and Unicode form. */
export function normalizeLogin(text: string): string {
  const login = text.normalize('NFKC').trim().toLowerCase();
  // Postgres has no U+0000 in texts; no login has any control character.
  return login.length > MAX_LOGIN_CHARACTERS || /\p{Cc}/u.test(login) ? '' : login;
}

/** @returns the person who logs in, as one of the members; undefined for a login that is not a member itself */
export function ownMember(account: Account): Member | undefined {
  return account.members.find((member) => member.relationship === 'self');
}

/**
 * `fhirUser` of a login, absolute (SMART, "Scopes for requesting identity data"): the Patient of a member who logs in
 * for herself, else the RelatedPerson or Person that the plan knows the login as. Absent when it knows none: such a
 * login cannot be asked who it is (checklist item 71).
 */
export function fhirUserOf(account: Account, fhirBase: string): string | undefined {
  const self = ownMember(account);
  const reference = self ? `Patient/${self.patient}` : account.fhirUser;
  return reference === null ? undefined : `${fhirBase}/${reference}`;
}

/** The logins of one tenant. */
export class Accounts {
  private readonly prisma: PrismaClient;
  private readonly tenantId: string;

  constructor(prisma: PrismaClient, tenantId: string) {
    this.prisma = prisma;
    this.tenantId = tenantId;
  }

  async find(sub: string): Promise<Account | undefined> {
    return (
      (await this.prisma.account.findUnique({
        where: { tenantId_sub: { tenantId: this.tenantId, sub } },
        include: { members: { orderBy: { position: 'asc' } } },
      })) ?? undefined
    );
  }

  /**
   * Checks a password. An unknown login costs the same time as a wrong password (security case O23).
   *
   * @returns whether it is right, and the account if the login exists (for the audit trail only)
   */
  async authenticate(login: string, password: string): Promise<{ ok: boolean; account?: Account }> {
    const account = await this.prisma.account.findUnique({
      where: { tenantId_login: { tenantId: this.tenantId, login: normalizeLogin(login) } },
      include: { members: { orderBy: { position: 'asc' } } },
    });
    const ok = await verifyPassword(account?.passwordHash, password);
    return { ok: ok && account !== null, account: account ?? undefined };
  }
}
