/** What administrators of a plan do with relations: whose data a login may see. The command line and the HTTP API share it. */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { normalizeLogin, type RelationEnd } from '../../accounts/accounts.ts';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { WAIT_FOR_CHANGES } from '../../federation/link-identity.ts';
import { NewMember, setRelation, withdrawRelation } from '../../relations/relations.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { AnotherPerson } from '../logins/login-rows.ts';
import { RepairRefused } from '../identities/repair-refused.ts';
import { replacedAmong } from '../persons/merges.ts';
import { takeTurns } from './new-numbers.ts';
import { PlanMember, setPlanMembers } from './plan-members.ts';
import { planSpelling } from './plan-spelling.ts';
import { Told } from '../told.ts';

/** A relation as administrators see it. */
export interface DescribedRelation extends Omit<NewMember, 'fhirUser'> {
  /** see NewMember; null: the member's record has nobody */
  fhirUser: string | null;
  /** when it ends or has ended, ISO 8601; null: not by itself */
  endsAt: string | null;
  endsBy: RelationEnd | null;
}

const ACCOUNT = 'SELECT sub FROM account WHERE tenant = $1 AND login = $2 FOR UPDATE';
const RELATIONS = `SELECT patient AS id, relationship, name, birth_date::text AS "birthDate", until::text, guardianship,
                     coverage_end::text AS "coverageEnd", died::text, fhir_user AS "fhirUser", ends_at AS "endsAt", ends_by AS "endsBy"
                     FROM account_member WHERE tenant = $1 AND sub = $2::uuid`;
const LIST = `${RELATIONS} ORDER BY position`;
const ONE = `${RELATIONS} AND patient = $3`;

/** @throws NotFoundError when there is no such login */
async function withLogin<Result>(
  { pool, tenant }: Administration,
  login: string,
  work: (db: PoolClient, account: { tenant: string; sub: string }) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (db) => {
    await db.query(WAIT_FOR_CHANGES);
    const { rows } = await db.query<{ sub: string }>(ACCOUNT, [tenant.id, normalizeLogin(login)]);
    if (!rows[0]) throw new NotFoundError(`no login "${login}" at "${tenant.id}"`);
    return work(db, { tenant: tenant.id, sub: rows[0].sub });
  });
}

/** Whom the login stands for, or has stood for when somebody agreed to something with it. */
const OTHER_PERSON = `SELECT 1 FROM account_member
   WHERE tenant = $1 AND sub = $2::uuid AND relationship = 'self' AND patient <> $3
  UNION ALL SELECT 1 FROM account WHERE tenant = $1 AND sub = $2::uuid AND fhir_user IS NOT NULL
  UNION ALL SELECT 1 FROM consent WHERE tenant = $1 AND sub = $2::uuid AND given_by <> 'Patient/' || $3 LIMIT 1`;

/** @throws AnotherPerson when the login stands for somebody else: nobody becomes another person by a relation (case O62) */
async function requireSelf(
  db: PoolClient,
  { tenant, sub }: { tenant: string; sub: string },
  login: string,
  patient: string,
): Promise<void> {
  if ((await db.query(OTHER_PERSON, [tenant, sub, patient])).rowCount === 0) return;
  throw new AnotherPerson(login);
}

/** @throws RepairRefused when one of them was merged into another */
async function requireCurrent(db: PoolClient, tenant: string, patients: readonly string[]): Promise<void> {
  const [found] = await replacedAmong(queryOn(db), tenant, patients);
  // By whom, a refusal does not say: its event names nobody. The list of changes says it.
  if (found) throw new RepairRefused(`the Patient ${found[0]} was replaced by another (identity changes)`);
}

/** @throws NotFoundError when there is no such login */
export function listRelations(admin: Administration, login: string): Promise<Told<DescribedRelation[]>> {
  return withLogin(admin, login, async (db, { tenant, sub }) => {
    const { rows } = await db.query<DescribedRelation>(LIST, [tenant, sub]);
    return new Told(
      'read-relations',
      rows,
      rows.map(({ id }) => id),
    );
  });
}

/**
 * Adds a relation to a login, or sets its facts anew. If it is over by them, its grants are over at the commit.
 *
 * @returns the relation alone: the event of this act names its person, and nobody else may be told of
 * @throws NotFoundError when there is no such login; ZodError that names what is wrong
 */
export function putRelation(
  admin: Administration,
  login: string,
  relation: unknown,
): Promise<DescribedRelation> {
  const member = NewMember.parse(relation);
  return withLogin(admin, login, async (db, account) => {
    await requireCurrent(db, account.tenant, [member.id]);
    if (member.relationship === 'self') await requireSelf(db, account, login, member.id);
    await setRelation(queryOn(db), account, member);
    await recordAct(db, actorOf(admin), { action: 'relation-set', member: member.id });
    const { rows } = await db.query<DescribedRelation>(ONE, [account.tenant, account.sub, member.id]);
    if (!rows[0]) throw new Error('a relation that was set is not there');
    return rows[0];
  });
}

/**
 * Withdraws a relation. The grants that stand on it are over at the commit.
 *
 * @throws NotFoundError when there is no such login or relation
 */
export function removeRelation(admin: Administration, login: string, patient: string): Promise<void> {
  return withLogin(admin, login, async (db, account) => {
    if (!(await withdrawRelation(queryOn(db), account, patient)))
      throw new NotFoundError(`"${login}" has no relation to "${patient}" at "${account.tenant}"`);
    await recordAct(db, actorOf(admin), { action: 'relation-withdraw', member: patient });
  });
}

/**
 * Sets whose data the bearer of a member number may see: see `setPlanMembers`.
 *
 * @throws ZodError that names what is wrong; RepairRefused when the plan has two spellings of the number, and this is neither
 */
export function putPlanMember(admin: Administration, number: string, body: unknown): Promise<void> {
  const said = z.parse(PlanMember, { ...(Object(body) as object), number });
  return inTransaction(admin.pool, async (db) => {
    await takeTurns(db, admin.tenant.id);
    const entry = { ...said, number: await planSpelling(db, admin, said.number) };
    await requireCurrent(
      db,
      admin.tenant.id,
      entry.patients.map(({ id }) => id),
    );
    await setPlanMembers(queryOn(db), admin.tenant.id, [entry]);
    await recordAct(db, actorOf(admin), { action: 'member-load' });
  });
}
