/**
 * Whose data a login may see, and until when. A trigger of the database computes when a relation ends, and lets the grants
 * that stand on it expire then (ADR 61).
 */
import { z } from 'zod';
import type { RunSql } from '../database.ts';
import { KnownDay, PastDay } from '../days.ts';

/** Logical id of a Patient. */
export const PatientId = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'a FHIR id');

/** Somebody who logs in and is not the member: a resource in the member's record. */
export const FhirUser = z
  .string()
  .regex(/^(RelatedPerson|Person)\/[A-Za-z0-9.-]{1,64}$/, 'RelatedPerson/<id> or Person/<id>');

/** What the person whose data it is is to whoever logs in, as pages say it in the member's language. A plan may have others. */
const RELATIONSHIPS = [
  'self',
  'spouse',
  'child',
  'stepchild',
  'foster-child',
  'grandchild',
  'ward',
  'parent',
  'executor',
  'personal-representative',
] as const;
export type KnownRelationship = (typeof RELATIONSHIPS)[number];

const spelt = (text: string): KnownRelationship | undefined => {
  const word = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '-');
  return RELATIONSHIPS.find((one) => one === word);
};

/** `Child` would be another relationship than `child`, and would not end when the child comes of age. */
const Relationship = z
  .string()
  .min(1)
  .max(32)
  .superRefine((text, { addIssue }) => {
    const known = spelt(text);
    if (known !== undefined && known !== text) addIssue(`is written "${known}"`);
  });

/** A person whose data a login may see, as the plan says. */
export const NewMember = z.object({
  id: PatientId,
  relationship: Relationship,
  name: z.string().min(1).max(100),
  /** of the person whose data it is, for a relation that ends when that person comes of age */
  birthDate: PastDay.optional(),
  /** last day of the relation, in the plan's time zone */
  until: KnownDay.optional(),
  /** the plan has recorded a guardianship that goes on when the person comes of age */
  guardianship: z.boolean().optional(),
  /** last day of the person's coverage by this plan; from it on the plan's years count (tenant/leaving.ts) */
  coverageEnd: KnownDay.optional(),
  /** the day on which the person died */
  died: PastDay.optional(),
  /** who acts for this person, as this person's own record has her; absent: her record has nobody */
  fhirUser: FhirUser.optional(),
});
export type NewMember = z.infer<typeof NewMember>;

const FORGET = `DELETE FROM account_member
  WHERE tenant = $1 AND sub = $2::uuid AND patient <> ALL(ARRAY(SELECT jsonb_array_elements($3::jsonb) ->> 'id'))`;
/** A relation that stays as it is is not written, so that its grants are left alone. */
const SET = `INSERT INTO account_member AS m (tenant, sub, patient, relationship, name, position, birth_date, until, guardianship,
                                       coverage_end, died, fhir_user)
  SELECT $1, $2::uuid, r.value ->> 'id', r.value ->> 'relationship', r.value ->> 'name', r.n::int - 1,
         (r.value ->> 'birthDate')::date, (r.value ->> 'until')::date, coalesce((r.value ->> 'guardianship')::boolean, false),
         (r.value ->> 'coverageEnd')::date, (r.value ->> 'died')::date, r.value ->> 'fhirUser'
    FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS r (value, n)
  ON CONFLICT (tenant, sub, patient) DO UPDATE
     SET relationship = excluded.relationship, name = excluded.name, position = excluded.position,
         birth_date = excluded.birth_date, until = excluded.until, guardianship = excluded.guardianship,
         coverage_end = excluded.coverage_end, died = excluded.died, fhir_user = excluded.fhir_user
   WHERE (m.relationship, m.name, m.position, m.birth_date, m.until, m.guardianship, m.coverage_end, m.died, m.fhir_user)
         IS DISTINCT FROM (excluded.relationship, excluded.name, excluded.position, excluded.birth_date, excluded.until,
                           excluded.guardianship, excluded.coverage_end, excluded.died, excluded.fhir_user)`;

/**
 * Sets all relations of a login. Grants for a person who is no longer among them are over at the commit.
 *
 * @param query in a transaction
 */
export async function setRelations(
  query: RunSql,
  { tenant, sub }: { tenant: string; sub: string },
  relations: readonly NewMember[],
): Promise<void> {
  const values = [tenant, sub, JSON.stringify(relations)];
  await query(FORGET, values);
  await query(SET, values);
}

const PUT = `INSERT INTO account_member (tenant, sub, patient, relationship, name, position, birth_date, until, guardianship,
                                    coverage_end, died, fhir_user)
  SELECT $1, $2::uuid, $3, $4, $5,
         (SELECT coalesce(max(position), -1) + 1 FROM account_member WHERE tenant = $1 AND sub = $2::uuid),
         $6::date, $7::date, $8, $9::date, $10::date, $11
  ON CONFLICT (tenant, sub, patient) DO UPDATE
     SET relationship = excluded.relationship, name = excluded.name, birth_date = excluded.birth_date,
         until = excluded.until, guardianship = excluded.guardianship, coverage_end = excluded.coverage_end,
         died = excluded.died, fhir_user = excluded.fhir_user`;
const WITHDRAW = `DELETE FROM account_member WHERE tenant = $1 AND sub = $2::uuid AND patient = $3 RETURNING 1`;

/** Adds one relation to a login, or sets its facts anew. */
export async function setRelation(
  query: RunSql,
  { tenant, sub }: { tenant: string; sub: string },
  { id, relationship, name, birthDate, until, guardianship = false, coverageEnd, died, fhirUser }: NewMember,
): Promise<void> {
  const dates = [birthDate ?? null, until ?? null, guardianship, coverageEnd ?? null, died ?? null];
  await query(PUT, [tenant, sub, id, relationship, name, ...dates, fhirUser ?? null]);
}

/** @returns whether there was such a relation */
export async function withdrawRelation(
  query: RunSql,
  { tenant, sub }: { tenant: string; sub: string },
  patient: string,
): Promise<boolean> {
  return (await query(WITHDRAW, [tenant, sub, patient])).length === 1;
}
