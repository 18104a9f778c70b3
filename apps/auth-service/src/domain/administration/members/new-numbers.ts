/**
 * A person gets another member number. Her account, her apps and all that is kept under the former number go on under the
 * new one, and the former number opens nothing any more (ADR 93).
 */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { keepLoginChange } from '../../accounts/login-changes.ts';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { WAIT_FOR_CHANGES } from '../../federation/link-identity.ts';
import { JOINED_ISSUER, joinedSubject } from '../../joining/joined.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { RepairRefused, unlessTaken } from '../identities/repair-refused.ts';
import { ignoresCase } from '../../tenant/federation-settings.ts';
import { followNumbers } from './plan-members.ts';
import { planSpelling } from './plan-spelling.ts';

export interface NewNumber {
  former: string;
  number: string;
}

/**
 * Before anything is read of the former numbers, in a statement of its own: a login that is being stored under one is found
 * then, or its request waits and finds the number gone (federation/link-identity.ts).
 */
const HOLD = 'SELECT FROM plan_member WHERE tenant = $1 AND number = ANY($2::text[]) FOR UPDATE';
/** Who has the numbers, `Patient/…` for a member; and whether a login of one issuer has each of them. */
const PERSONS = `
  SELECT person_of_number($1, $2) AS former, person_of_number($1, $3) AS now,
         EXISTS (SELECT FROM plan_member WHERE tenant = $1 AND number = $2) AS "hasFormer",
         EXISTS (SELECT FROM plan_member WHERE tenant = $1 AND number = $3) AS "hasNow",
         EXISTS (SELECT FROM federated_identity f JOIN federated_identity o ON o.tenant = f.tenant AND o.iss = f.iss
                  WHERE f.tenant = $1 AND f.number = $2 AND o.number = $3) AS "hasTwoLogins"`;
const NEW_NUMBERS = `hashtextextended('new-numbers/' || $1, 0)`;
/**
 * Two people who get one number at the same moment get it one after the other: the second one is refused. So it is when the plan
 * says whose it is at that moment. Whoever says it of one number is alone, too. Files go on beside one another.
 */
const TAKE_TURNS = `SELECT pg_advisory_xact_lock(${NEW_NUMBERS})`;
const BESIDE = `SELECT pg_advisory_xact_lock_shared(${NEW_NUMBERS})`;
/** What the plan has said of the former number. */
const COPY = `
  INSERT INTO plan_member (tenant, number, patient, relationship, name, position, birth_date, until, guardianship,
                           coverage_end, died, fhir_user, bearer)
  SELECT tenant, $3, patient, relationship, name, position, birth_date, until, guardianship, coverage_end, died, fhir_user, bearer
    FROM plan_member WHERE tenant = $1 AND number = $2`;
/**
 * Where upper and lower case are the same, her login may have the former number as the plan wrote it before. It is hers as far as
 * it says so itself, because a plan gives numbers out again.
 */
const MOVE_LINKS = `
  UPDATE federated_identity f
     SET number = $3, subject = CASE WHEN iss = '${JOINED_ISSUER}' THEN $4 ELSE subject END
   WHERE tenant = $1
     AND (number = $2
          OR $5::boolean AND lower(number) = lower($2) AND person = $6
             AND NOT EXISTS (SELECT FROM plan_member p WHERE p.tenant = f.tenant AND p.number = f.number)
             AND NOT EXISTS (SELECT FROM federated_identity o
                              WHERE o.tenant = f.tenant AND o.iss = f.iss AND o.subject <> f.subject
                                AND (o.number = $3 OR lower(o.number) = lower($2))))
  RETURNING sub`;
/** Who was not active under the former number is not let in under the new one. */
const MOVE_INACTIVE = `
  UPDATE scim_user SET person = $3
   WHERE tenant = $1 AND (person = $2 OR ($4::boolean AND NOT active AND lower(person) = lower($2)))`;
/** What it takes to make an account is kept as digests of the number: the plan loads it for the new one. */
const FORGET = [
  'DELETE FROM plan_member WHERE tenant = $1 AND number = $2',
  'DELETE FROM plan_person WHERE tenant = $1 AND number = $2',
];

interface Persons {
  former: string;
  now: string;
  hasFormer: boolean;
  hasNow: boolean;
  hasTwoLogins: boolean;
}

/**
 * Nobody else gets a number or says whose one is until the transaction ends.
 *
 * @param db in a short transaction, before it asks or holds anything
 */
export async function takeTurns(db: PoolClient, tenant: string): Promise<void> {
  await db.query(TAKE_TURNS, [tenant]);
}

/**
 * The same for a group of lines of a file, but other files go on.
 *
 * @param db in a transaction, before it asks or holds anything
 */
export async function besideNewNumbers(db: PoolClient, tenant: string): Promise<void> {
  await db.query(BESIDE, [tenant]);
}

/** Before the new numbers are set, because whoever renumbers or relinks takes the former one first. */
export async function holdNumbers(
  db: PoolClient,
  tenant: string,
  numbers: readonly Pick<NewNumber, 'former'>[],
): Promise<void> {
  if (numbers.length === 0) return;
  await db.query(WAIT_FOR_CHANGES);
  await db.query(HOLD, [tenant, numbers.map(({ former }) => former)]);
}

async function personsOf(db: PoolClient, tenant: string, { former, number }: NewNumber): Promise<Persons> {
  const { rows } = await db.query<Persons>(PERSONS, [tenant, former, number]);
  return rows[0] as Persons;
}

/** Moves what there is, with the act in the trail. The plan has said already whose data the new number opens. */
async function move(db: PoolClient, admin: Administration, { former, number }: NewNumber, person: string) {
  const tenant = admin.tenant.id;
  // Before the login, as SCIM takes the two.
  const { federation } = admin.tenant.settings;
  if (federation?.scimPerson.is === 'number')
    await db.query(MOVE_INACTIVE, [tenant, former, number, ignoresCase(federation)]);
  const { rows } = await db.query<{ sub: string }>(MOVE_LINKS, [
    tenant,
    former,
    number,
    joinedSubject(number),
    ignoresCase(federation),
    person,
  ]);
  for (const { sub } of rows) await keepLoginChange(queryOn(db), tenant, sub, 'number-changed');
  for (const statement of FORGET) await db.query(statement, [tenant, former]);
  await followNumbers(queryOn(db), tenant, [number]);
  const [, member] = /^Patient\/(.+)$/.exec(person) ?? [];
  await recordAct(db, actorOf(admin), { action: 'identity-renumber', member });
}

/**
 * Takes over what stands under former numbers, as a file says. Only the number of the same person is taken over: the
 * plan's own rows say so. So a file that is read twice, or late, moves nothing that belongs to somebody else now.
 *
 * @param db in a transaction that holds the former numbers ({@link holdNumbers}), and in which the new ones were set
 * @returns how many there were
 */
export async function takeOverNumbers(
  db: PoolClient,
  admin: Administration,
  numbers: readonly NewNumber[],
): Promise<number> {
  let moved = 0;
  for (const each of numbers) {
    const { former, now, hasFormer, hasTwoLogins } = await personsOf(db, admin.tenant.id, each);
    if (!hasFormer || former !== now || hasTwoLogins || each.former === each.number) continue;
    await move(db, admin, each, now);
    moved += 1;
  }
  return moved;
}

/**
 * Gives a person another number. What the plan has said of the former one holds for the new one, unless it has loaded the
 * new one already.
 *
 * @throws NotFoundError when the former number stands for nobody; RepairRefused when the new one is another person's
 */
export function renumber(admin: Administration, from: string, to: string): Promise<void> {
  const tenant = admin.tenant.id;
  return unlessTaken(
    inTransaction(admin.pool, async (db) => {
      await takeTurns(db, tenant);
      const former = await planSpelling(db, admin, from);
      // A number that the person has in other letters may be the one that she gets.
      const number = await planSpelling(db, admin, to, former);
      await holdNumbers(db, tenant, [{ former }]);
      const persons = await personsOf(db, tenant, { former, number });
      if (!persons.hasFormer)
        throw new NotFoundError(`the number ${former} stands for nobody at "${tenant}"`);
      if (former === number) throw new RepairRefused('it is the same number');
      if (persons.hasNow && persons.now !== persons.former)
        throw new RepairRefused(
          `the number ${number} belongs to another person, or to one of whom this is not said`,
        );
      if (!persons.hasNow) await db.query(COPY, [tenant, former, number]);
      await move(db, admin, { former, number }, persons.former);
    }),
  );
}
