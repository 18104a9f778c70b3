/** Whose data the bearer of a member number may see, as the plan says. */
import { z } from 'zod';
import type { RunSql } from '../../database.ts';
import { WAIT_FOR_CHANGES } from '../../federation/link-identity.ts';
import { JOINED_ISSUER } from '../../joining/joined.ts';
import { FhirUser, NewMember } from '../../relations/relations.ts';
import { STILL_DELEGATE } from '../../relations/still-delegate.ts';
import { holdPlan } from '../administration.ts';

const MAX_NUMBER_CHARACTERS = 64;

/** Postgres stores neither U+0000 nor half of a surrogate pair, and no number or name has a control character. */
const isPlain = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);

/** As it stands in the configured claim of the plan's identity provider. */
export const MemberNumber = z
  .string()
  .trim()
  .min(1)
  .max(MAX_NUMBER_CHARACTERS)
  .refine(isPlain, 'has a control character');

const PlanMemberShape = z.object({
  number: MemberNumber,
  /** the number that the same person had before */
  formerNumber: MemberNumber.optional(),
  /** whose data the person with this number may see; empty: nobody's */
  patients: z
    .array(NewMember)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'names a patient twice')
    .refine((list) => list.every((one) => isPlain(one.name) && isPlain(one.relationship)), {
      message: 'a name or relationship has a control character',
    }),
  /** who the bearer is, for a delegate who is none of the members */
  fhirUser: FhirUser.optional(),
});
export const PlanMember = PlanMemberShape.refine(
  ({ fhirUser, patients }) =>
    fhirUser === undefined ||
    (patients.length > 0 && !patients.some(({ relationship }) => relationship === 'self')),
  { path: ['fhirUser'], message: 'is for a bearer who is none of the patients' },
);
export type PlanMember = z.infer<typeof PlanMember>;

/** The numbers are an array, so that the index is used, however many rows the table has. */
const FORGET = `DELETE FROM plan_member WHERE tenant = $1 AND number = ANY($2::text[])`;
const LOAD = `
  INSERT INTO plan_member (tenant, number, patient, relationship, name, position, birth_date, until, guardianship,
                           coverage_end, died, bearer, fhir_user)
  SELECT $1, entry ->> 'number', p.value ->> 'id', p.value ->> 'relationship', p.value ->> 'name', p.n::int - 1,
         (p.value ->> 'birthDate')::date, (p.value ->> 'until')::date, coalesce((p.value ->> 'guardianship')::boolean, false),
         (p.value ->> 'coverageEnd')::date, (p.value ->> 'died')::date, entry ->> 'fhirUser',
         coalesce(p.value ->> 'fhirUser', CASE WHEN jsonb_array_length(entry -> 'patients') = 1 THEN entry ->> 'fhirUser' END)
    FROM jsonb_array_elements($2::jsonb) AS entry,
         jsonb_array_elements(entry -> 'patients') WITH ORDINALITY AS p (value, n)`;
/**
 * Logins of these numbers. `same`: the number still belongs to the person who logs in with it; otherwise it opens nothing
 * more to that login, whose next attempt is refused.
 *
 * Materialized, and every table that is joined to it is bounded by an array: the statistics of a plan that is just being
 * loaded are old, and with a join alone Postgres then reads all that the plan has, for each group of lines.
 */
const LINKED = `
  WITH linked AS MATERIALIZED (
    SELECT f.tenant, f.sub, f.number, f.iss,
           (ARRAY(SELECT patient FROM plan_member p
                   WHERE p.tenant = f.tenant AND p.number = f.number AND p.relationship = 'self') =
            ARRAY(SELECT patient FROM account_member m
                   WHERE m.tenant = f.tenant AND m.sub = f.sub AND m.relationship = 'self')
            OR f.person = 'delegate' AND ${STILL_DELEGATE})
           AND NOT EXISTS (SELECT FROM account a JOIN plan_member p ON p.tenant = a.tenant AND p.number = f.number
                            WHERE a.tenant = f.tenant AND a.sub = f.sub AND a.fhir_user <> p.bearer) AS same
      FROM federated_identity f WHERE f.tenant = $1 AND f.number = ANY($2::text[]))`;
/**
 * A login before its relations, and what stands on them, as whoever ends all that it has takes the login first
 * (accounts/sessions.ts). A consent that is being stored does so too. It is shared with these and with what a login stores
 * meanwhile: a load goes on for seconds.
 */
const HOLD_LOGINS = `
  SELECT FROM account
   WHERE tenant = $1 AND sub = ANY(ARRAY(SELECT sub FROM federated_identity WHERE tenant = $1 AND number = ANY($2::text[])))
   ORDER BY sub FOR SHARE`;
const OF_LINKED = `m.tenant = $1 AND m.sub = ANY(ARRAY(SELECT sub FROM linked)) AND m.sub = l.sub`;
const WITHDRAW = `${LINKED}
  DELETE FROM account_member m USING linked l
   WHERE ${OF_LINKED}
     AND NOT (l.same AND EXISTS (SELECT 1 FROM plan_member p
                                  WHERE p.tenant = l.tenant AND p.number = l.number AND p.patient = m.patient))`;
const FOLLOW = `${LINKED}
  UPDATE account_member m
     SET relationship = p.relationship, name = p.name, birth_date = p.birth_date, until = p.until,
         guardianship = p.guardianship, coverage_end = p.coverage_end, died = p.died, fhir_user = p.fhir_user
    FROM linked l JOIN plan_member p
      ON p.tenant = $1 AND p.number = ANY(ARRAY(SELECT number FROM linked)) AND p.number = l.number
   WHERE l.same AND ${OF_LINKED} AND m.patient = p.patient
     AND (m.relationship, m.name, m.birth_date, m.until, m.guardianship, m.coverage_end, m.died, m.fhir_user)
         IS DISTINCT FROM (p.relationship, p.name, p.birth_date, p.until, p.guardianship, p.coverage_end, p.died, p.fhir_user)`;
/** A person who logs in with a password here brings no number along, so what is added is hers at once. */
const ADD = `${LINKED}
  INSERT INTO account_member (tenant, sub, patient, relationship, name, position, birth_date, until, guardianship,
                              coverage_end, died, fhir_user)
  SELECT p.tenant, l.sub, p.patient, p.relationship, p.name, p.position, p.birth_date, p.until, p.guardianship,
         p.coverage_end, p.died, p.fhir_user
    FROM linked l JOIN plan_member p
      ON p.tenant = $1 AND p.number = ANY(ARRAY(SELECT number FROM linked)) AND p.number = l.number
   WHERE l.same AND l.iss = '${JOINED_ISSUER}'
  ON CONFLICT (tenant, sub, patient) DO NOTHING`;

const NOT_SAID = { birthDate: null, until: null, guardianship: false, coverageEnd: null, died: null };
/** As {@link UNCHANGED} compares them. */
const comparable = ({
  number,
  patients,
  fhirUser = null,
}: Omit<PlanMember, 'fhirUser' | 'formerNumber'> & { fhirUser?: string | null }) => ({
  number,
  fhirUser,
  patients: patients.map(({ fhirUser: there, ...said }) => ({
    ...NOT_SAID,
    ...said,
    fhirUser: there ?? (patients.length === 1 ? fhirUser : null),
  })),
});
const UNCHANGED = `
  WITH stored AS (
    SELECT number, jsonb_agg(jsonb_build_object(
             'id', patient, 'relationship', relationship, 'name', name, 'birthDate', birth_date, 'until', until,
             'guardianship', guardianship, 'coverageEnd', coverage_end, 'died', died, 'fhirUser', fhir_user) ORDER BY position) AS patients, max(bearer) AS bearer
      FROM plan_member WHERE tenant = $1 AND number = ANY($3::text[]) GROUP BY number)
  SELECT e.value ->> 'number' AS number
    FROM jsonb_array_elements($2::jsonb) AS e LEFT JOIN stored s ON s.number = e.value ->> 'number'
   WHERE e.value -> 'patients' = coalesce(s.patients, '[]') AND e.value ->> 'fhirUser' IS NOT DISTINCT FROM s.bearer`;

/** @returns those of the entries that say something else than what is stored */
export async function changedPlanMembers(
  query: RunSql,
  tenant: string,
  entries: readonly PlanMember[],
): Promise<PlanMember[]> {
  const numbers = entries.map(({ number }) => number);
  const values = [tenant, JSON.stringify(entries.map(comparable)), numbers];
  const same = new Set((await query<{ number: string }>(UNCHANGED, values)).map(({ number }) => number));
  return entries.filter(({ number }) => !same.has(number));
}

/** Has the logins of these numbers follow what the plan says of them. @param query in a transaction */
export async function followNumbers(
  query: RunSql,
  tenant: string,
  numbers: readonly string[],
): Promise<void> {
  for (const statement of [HOLD_LOGINS, WITHDRAW, FOLLOW, ADD]) await query(statement, [tenant, numbers]);
}

/**
 * Sets for each member number whose data its bearer may see, in place of the former list. What is taken away or changed
 * is in force at the commit, also for logins of these numbers; what is added, from the bearer's next login.
 *
 * @param query in a transaction
 * @throws NotFoundError when the plan was deleted
 */
export async function setPlanMembers(
  query: RunSql,
  tenant: string,
  entries: readonly PlanMember[],
): Promise<void> {
  const numbers = entries.map(({ number }) => number);
  await query(WAIT_FOR_CHANGES, []);
  await holdPlan(query, tenant);
  await query(FORGET, [tenant, numbers]);
  await query(LOAD, [tenant, JSON.stringify(entries)]);
  await followNumbers(query, tenant, numbers);
}
