/**
 * One record that was two persons' (ADR 93): a part of what stands under a person goes to another one, who it is in truth.
 * Whoever had a login of the record is nobody's afterwards, unless the plan says that she is the person who stays.
 */
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { PatientId } from '../../relations/relations.ts';
import type { Administration } from '../administration.ts';
import { RepairRefused } from '../identities/repair-refused.ts';
import { begin, ChangeReason, type PersonChange } from './person-changes.ts';
import { MemberNumber } from '../members/plan-members.ts';
import { planSpelling, planSpellings } from '../members/plan-spelling.ts';

const Persons = {
  /** whose some of the records are in truth */
  to: PatientId,
  reason: ChangeReason,
  /** logins and member numbers of the person to whom the record belongs */
  stays: z.array(z.string().min(1).max(255)).max(20).default([]),
};
export const SplitOrder = z
  .union([
    z.strictObject({ from: PatientId, ...Persons }),
    z.strictObject({ number: MemberNumber, ...Persons }),
  ])
  .refine((order) => !('from' in order) || order.from !== order.to, 'is the same person');

const OF_NUMBER = `
  SELECT patient FROM plan_member WHERE tenant = $1 AND number = $2 AND relationship = 'self'`;
/** Of these names, those that are nobody's who has stood for the person. */
const UNKNOWN = `
  SELECT n.name FROM unnest($3::text[]) AS n (name)
   WHERE NOT EXISTS (SELECT FROM plan_member p
                      WHERE p.tenant = $1 AND p.patient = $2 AND p.relationship = 'self' AND p.number = n.name)
     AND NOT EXISTS (SELECT FROM account a JOIN account_member m ON m.tenant = a.tenant AND m.sub = a.sub
                      WHERE a.tenant = $1 AND a.login = n.name AND m.patient = $2 AND m.relationship = 'self')`;

/** @throws RepairRefused when the number stands for no member, or for two */
async function patientOf(db: PoolClient, admin: Administration, number: string): Promise<string> {
  const values = [admin.tenant.id, await planSpelling(db, admin, number)];
  const { rows } = await db.query<{ patient: string }>(OF_NUMBER, values);
  const [row, another] = rows;
  if (!row || another) throw new RepairRefused(`the number ${number} stands for no member, or for two`);
  return row.patient;
}

async function unknownOf(
  db: PoolClient,
  { tenant: { id } }: Administration,
  patient: string,
  names: readonly string[],
): Promise<string[]> {
  return (await db.query<{ name: string }>(UNKNOWN, [id, patient, names])).rows.map(({ name }) => name);
}

/**
 * @returns the names, numbers as the plan has them
 * @throws RepairRefused when one of them is not one of the person
 */
async function namesOf(
  db: PoolClient,
  admin: Administration,
  patient: string,
  given: readonly string[],
): Promise<string[]> {
  const written = await unknownOf(db, admin, patient, given);
  const spelling = await planSpellings(db, admin, written);
  const names = given.map((name) => (written.includes(name) ? spelling(name).number : name));
  const [unknown] = await unknownOf(db, admin, patient, names);
  if (unknown !== undefined) throw new RepairRefused(`"${unknown}" is no login or number of this person`);
  return names;
}

/**
 * Begins a split: at the commit all grants and tokens for both persons are over. The records that the plan names move by
 * `npm run import:persons`.
 *
 * @throws ZodError; RepairRefused when one of them is another person already, or part of another change, or when a name is
 *   not one of a login of this person
 */
export function beginSplit(admin: Administration, given: unknown): Promise<PersonChange> {
  const order = SplitOrder.parse(given);
  return begin(admin, async (db) => {
    const from = 'from' in order ? order.from : await patientOf(db, admin, order.number);
    const { to, reason } = order;
    if (from === to) throw new RepairRefused('it is the same person');
    return { kind: 'split', from, to, reason, stays: await namesOf(db, admin, from, order.stays) };
  });
}
