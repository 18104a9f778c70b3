import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import { saidInactive } from '../federation/said-inactive.ts';
import { type FederationSettings, ignoresCase } from '../tenant/federation-settings.ts';
import { isUuid } from '../uuid.ts';
import { verifyPassword } from './password.ts';

/** A person whose data a login may see. */
export interface Member {
  /** logical id of the FHIR Patient */
  patient: string;
  /** to the person who logs in: `self`, `spouse`, `child`, … */
  relationship: string;
  name: string;
  /** who the person who logs in is in this member's record, as a relative reference; absent: nobody there */
  fhirUser?: string;
  /** when this login no longer sees the data, as far as that is known: ISO 8601, and by what */
  ends?: { at: string; by: RelationEnd };
}

/**
 * What ends a relation by itself: its last day, the coming of age, that the time after the coverage or after the death is
 * over, or that the plan corrects whose the records are.
 */
export type RelationEnd = 'relation' | 'of-age' | 'coverage' | 'death' | 'corrected';

/**
 * How it was proved whose login it is: the plan's staff knew it, a code reached the person at an address that the plan has
 * (`plan-…`), or the plan's identity provider says so (ADR 90).
 */
export type Proofing = 'staff' | 'plan-email' | 'plan-text' | 'plan-paper' | 'federated';

export interface Account {
  sub: string;
  /** what the person logs in with, or the name of whoever logs in at the plan's identity provider */
  login: string;
  /** relative reference to a person who logs in and is not one of the members: who acted, for the audit trail */
  fhirUser: string | null;
  /** an auditor works for the plan and has no members */
  role: 'member' | 'auditor';
  /** an auditor's login with a password, where all others log in at the identity provider; each use raises an alarm */
  breakGlass?: true;
  proofing?: { by: Proofing; at: string };
  /** is a password kept here? Without one she logs in at the plan's identity provider */
  hasPassword: boolean;
  /** how often its logins were ended; a login that began before the last time makes no session (sessions.ts) */
  loginsEnded: number;
  members: Member[];
  /** logical id of the Patient that the person is, also when she no longer sees its data */
  self?: string;
}

const MAX_LOGIN_CHARACTERS = 128;

/** Logins are compared without regard to case, surrounding space and Unicode form. */
export function normalizeLogin(text: string): string {
  const login = text.normalize('NFKC').trim().toLowerCase();
  // Postgres has no U+0000 in texts; no login has any control character.
  return login.length > MAX_LOGIN_CHARACTERS || /\p{Cc}/u.test(login) ? '' : login;
}

export interface AccountRow {
  sub: string;
  login: string | null;
  password_hash: string | null;
  fhir_user: string | null;
  role: Account['role'];
  break_glass?: boolean;
  logins_ended: number;
  /** how and when it was proved whose login it is */
  proofing?: { by: Proofing; at: string };
  members: (Omit<Member, 'fhirUser' | 'ends'> & {
    fhirUser?: string | null;
    endsAt?: string | null;
    endsBy?: RelationEnd | null;
  })[];
  self?: string | null;
  /** the login sees nobody's data any more, because the time after a coverage or a death is over (ADR 87) */
  over?: boolean;
}

/** Why a right password lets nobody in. */
type PasswordRefusal = 'access-over' | 'not-active';

/** A condition on a row `a` of `account`. */
export const LOGIN_IS_OVER = `coalesce(
  (SELECT bool_and(coalesce(m.ends_at <= now(), false)) AND bool_or(coalesce(m.ends_by IN ('coverage', 'death'), false))
     FROM account_member m WHERE m.tenant = a.tenant AND m.sub = a.sub), false)`;

/**
 * One statement, whether or not the login exists. A second statement would take time and so reveal that it exists.
 */
export const ACCOUNT_COLUMNS = `sub, login, password_hash, fhir_user, role, break_glass, logins_ended,
                json_build_object('by', proofing, 'at', to_char(proofed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                  AS proofing,
                (SELECT coalesce(json_agg(json_build_object('patient', patient, 'relationship', relationship,
                                                            'name', name, 'fhirUser', m.fhir_user,
                                                            'endsAt', m.ends_at, 'endsBy', m.ends_by) ORDER BY position), '[]')
                   FROM account_member m WHERE m.tenant = a.tenant AND m.sub = a.sub
                    AND (m.ends_at IS NULL OR m.ends_at > now())) AS members,
                (SELECT min(patient) FROM account_member m
                  WHERE m.tenant = a.tenant AND m.sub = a.sub AND m.relationship = 'self') AS self,
                ${LOGIN_IS_OVER} AS over`;
const HERS = { tenant: 'f.tenant', persons: ['f.subject', 'f.number'], number: 'f.number', ignoreCase: '$3' };
const INACTIVE = `EXISTS (
  SELECT FROM federated_identity f WHERE f.tenant = a.tenant AND f.sub = a.sub AND ${saidInactive(HERS)})`;
const FIND_BY_LOGIN = {
  name: 'account-find-by-login',
  text: `SELECT ${ACCOUNT_COLUMNS}, ${INACTIVE} AS inactive FROM account a WHERE tenant = $1 AND login = $2`,
};
/** @returns SQL of the account of a person (`sub`) at the tenant of `k` */
export const accountBySub = (sub: string): string =>
  `SELECT ${ACCOUNT_COLUMNS} FROM account a WHERE tenant = k.tenant AND sub = ${sub} LIMIT 1`;
const FIND_BY_SUB: BatchStatement = {
  name: 'account-find-by-sub',
  text: `SELECT k.n, found.* FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS k (tenant, sub, n),
           LATERAL (${accountBySub('k.sub')}) found`,
};
export function toAccount(row: AccountRow): Account {
  const { sub, login, fhir_user: fhirUser, role, members, proofing, self } = row;
  const known = members.map(({ fhirUser: there, endsAt, endsBy, ...member }) => ({
    ...member,
    ...(there && { fhirUser: there }),
    ...(endsAt && endsBy && { ends: { at: new Date(endsAt).toISOString(), by: endsBy } }),
  }));
  const account = {
    sub,
    login: login ?? selfAmong(known)?.name ?? '',
    fhirUser,
    role,
    members: known,
    proofing,
    hasPassword: row.password_hash !== null,
    loginsEnded: row.logins_ended,
    ...(self && { self }),
  };
  return row.break_glass ? { ...account, breakGlass: true } : account;
}

const selfAmong = (members: Member[]): Member | undefined =>
  members.find((member) => member.relationship === 'self');

/** @returns the person who logs in, if that person is one of the members */
export function ownMember(account: Pick<Account, 'members'>): Member | undefined {
  return selfAmong(account.members);
}

/**
 * Who acts with a login, absolute, for the audit trail: the Patient of a member, else the RelatedPerson or Person that the
 * plan has named. An app learns {@link fhirUserFor} instead.
 */
export function fhirUserOf(account: Account, fhirBase: string): string | undefined {
  const self = ownMember(account);
  const reference = self ? `Patient/${self.patient}` : account.fhirUser;
  return reference === null ? undefined : `${fhirBase}/${reference}`;
}

/**
 * `fhirUser` of a token, absolute (SMART, "Scopes for requesting identity data"): a resource that the app can read with it
 * (ADR 65). It is the member's own Patient when she logs in for herself. For a person who acts for the member it is the
 * RelatedPerson or Person in that member's record, and never her own Patient, which is in another record. It is absent
 * when there is none (checklist item 71).
 *
 * @param member whose data the token opens; undefined: nobody's
 */
export function fhirUserFor(
  account: Account,
  member: Member | undefined,
  fhirBase: string,
): string | undefined {
  const self = ownMember(account);
  const isSelf = self !== undefined && (member === undefined || member.patient === self.patient);
  const reference = isSelf ? `Patient/${self.patient}` : member?.fhirUser;
  return reference && `${fhirBase}/${reference}`;
}

const SET_LANGUAGE = {
  name: 'account-set-language',
  text: `UPDATE account SET language = $3 WHERE tenant = $1 AND sub = $2 AND language IS DISTINCT FROM $3`,
};

/** The logins of one tenant. */
export class Accounts {
  private readonly pool: Pool;
  private readonly tenant: string;

  private readonly federation: FederationSettings | undefined;

  /** @param federation the plan's identity provider, which says who is active; a provider of before says nothing */
  constructor(pool: Pool, tenant: string, federation?: FederationSettings) {
    this.pool = pool;
    this.tenant = tenant;
    this.federation = federation;
  }

  /** @returns undefined also for a login that is over: whoever looks for it finds nobody who may log in */
  async find(sub: string): Promise<Account | undefined> {
    // Look-ups of several requests share a statement, and one that Postgres refuses would make all of them fail.
    const row = isUuid(sub)
      ? await findInBatch<AccountRow>(this.pool, FIND_BY_SUB, [this.tenant, sub])
      : undefined;
    return row && !row.over ? toAccount(row) : undefined;
  }

  /**
   * Checks a password. An unknown login costs the same time as a wrong password (security case O23).
   *
   * @returns whether it is right and lets somebody in, why it lets nobody in although it is right, and the account if the
   *   login exists (for the audit trail only)
   * @throws PasswordChecksBusy when too many passwords are being checked
   */
  async authenticate(
    login: string,
    password: string,
  ): Promise<{ ok: boolean; refusal?: PasswordRefusal; account?: Account }> {
    const values = [this.tenant, normalizeLogin(login), ignoresCase(this.federation)];
    const [row] = (await this.pool.query<AccountRow & { inactive: boolean }>({ ...FIND_BY_LOGIN, values }))
      .rows;
    const account = row && toAccount(row);
    if (!(await verifyPassword(row?.password_hash, password)) || !row) return { ok: false, account };
    const isInactive = row.inactive && this.federation !== undefined;
    const refusal = row.over ? 'access-over' : isInactive ? 'not-active' : undefined;
    return { ok: refusal === undefined, ...(refusal && { refusal }), account };
  }

  /** @param language in which the member reads pages: her mails are in it too */
  async setLanguage(sub: string, language: string): Promise<void> {
    await this.pool.query({ ...SET_LANGUAGE, values: [this.tenant, sub, language] });
  }
}
