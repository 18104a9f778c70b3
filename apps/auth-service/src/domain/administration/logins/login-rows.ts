/** The rows of a login, read and written in the caller's transaction. */
import { randomUUID } from 'node:crypto';
import { ActRefused } from '../../act-refused.ts';
import { ACCOUNT_COLUMNS, type AccountRow, type Proofing } from '../../accounts/accounts.ts';
import type { RunSql } from '../../database.ts';
import type { Language } from '../../pages/language.ts';
import { type NewMember, setRelations } from '../../relations/relations.ts';
import { holdPlan } from '../administration.ts';

const FIND = `SELECT ${ACCOUNT_COLUMNS} FROM account a WHERE tenant = $1 AND login = $2 FOR UPDATE`;
const INSERT = `INSERT INTO account (tenant, sub, login, password_hash, role, fhir_user, break_glass, proofing, language)
  VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, login) DO NOTHING RETURNING sub`;
/** A login stands for somebody, and an administrator has named somebody else without `account reassign`. */
export class AnotherPerson extends ActRefused {
  override name = 'AnotherPerson';

  constructor(login: string) {
    super(`the login "${login}" stands for somebody else: give it to another person with account reassign`);
  }
}

/** A login that exists; its row is locked until the transaction ends. */
export async function lockLogin(
  query: RunSql,
  tenant: string,
  login: string,
): Promise<AccountRow | undefined> {
  return (await query<AccountRow>(FIND, [tenant, login]))[0];
}

export interface NewLogin {
  tenant: string;
  login: string;
  passwordHash: string;
  role: AccountRow['role'];
  fhirUser: string | null;
  breakGlass?: boolean;
  /** how it was proved whose it is; absent: the plan's staff knew it */
  proofing?: Proofing;
  /** of the pages that the person reads; absent: none is known yet */
  language?: Language;
  relations: readonly NewMember[];
}

/** @returns the new subject identifier; undefined when the login exists @throws NotFoundError when the plan was deleted */
export async function insertLogin(
  query: RunSql,
  {
    tenant,
    login,
    passwordHash,
    role,
    fhirUser,
    breakGlass = false,
    proofing = 'staff',
    language,
    relations,
  }: NewLogin,
): Promise<string | undefined> {
  await holdPlan(query, tenant);
  const sub = randomUUID();
  const values = [tenant, sub, login, passwordHash, role, fhirUser, breakGlass, proofing, language ?? null];
  const [row] = await query(INSERT, values);
  if (!row) return undefined;
  await setRelations(query, { tenant, sub }, relations);
  return sub;
}

/** Who logs in: the member who is `self`, or the person whom the plan has named. '' when the plan has named nobody. */
export function personBehind({ self, fhir_user: fhirUser }: Pick<AccountRow, 'self' | 'fhir_user'>): string {
  return self ? `Patient/${self}` : (fhirUser ?? '');
}
