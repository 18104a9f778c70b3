/**
 * The relations to two persons whose records are merged (ADR 93). Whoever is this person stays it. Whoever acts for either is
 * taken out, and the plan says anew who that is: nobody agreed to act for the person that it is now.
 */
import type { RunSql } from '../database.ts';

/** Logical ids of the Patients. */
interface Persons {
  replaced: string;
  survivor: string;
}

/** Of the statements below, by name. */
interface Values extends Persons {
  tenant: string;
  /** the relations as they were, JSON */
  former?: string;
}

/** Runs a statement whose parameters have names. */
function runNamed(query: RunSql, statement: string, values: Values): Promise<unknown> {
  const used: unknown[] = [];
  const numbers = new Map<string, number>();
  const text = statement.replace(/\$(tenant|replaced|survivor|former)\b/g, (_, name: keyof Values) => {
    const number = numbers.get(name) ?? used.push(values[name]);
    numbers.set(name, number);
    return `$${number}`;
  });
  return query(text, used);
}

const FACTS = 'name, position, birth_date, until, guardianship, coverage_end, died, fhir_user';
const FORMER = `
  SELECT jsonb_build_object(
    'accounts', (SELECT coalesce(jsonb_agg(to_jsonb(m)), '[]') FROM account_member m
                  WHERE m.tenant = $1 AND m.patient IN ($2, $3)),
    'numbers', (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM plan_member p
                 WHERE p.tenant = $1 AND p.patient IN ($2, $3))) AS former`;

const MERGE = [
  `INSERT INTO account_member (tenant, sub, patient, relationship, ${FACTS})
   SELECT tenant, sub, $survivor, relationship, ${FACTS} FROM account_member
    WHERE tenant = $tenant AND patient = $replaced AND relationship = 'self'
   ON CONFLICT (tenant, sub, patient) DO UPDATE SET relationship = 'self', fhir_user = NULL`,
  `DELETE FROM account_member WHERE tenant = $tenant AND (patient = $replaced OR patient = $survivor AND relationship <> 'self')`,
  `UPDATE account_member SET position = position WHERE tenant = $tenant AND patient = $survivor`,
  `INSERT INTO plan_member (tenant, number, patient, relationship, ${FACTS}, bearer)
   SELECT tenant, number, $survivor, relationship, ${FACTS}, bearer FROM plan_member
    WHERE tenant = $tenant AND patient = $replaced AND relationship = 'self'
   ON CONFLICT (tenant, number, patient) DO UPDATE SET relationship = 'self', fhir_user = NULL`,
  `DELETE FROM plan_member WHERE tenant = $tenant AND (patient = $replaced OR patient = $survivor AND relationship <> 'self')`,
  `UPDATE federated_identity SET person = 'Patient/' || $survivor WHERE tenant = $tenant AND person = 'Patient/' || $replaced`,
];

/** Who was the replaced person before is it again, and is the survivor only if she was so before. `former` is what was before. */
const UNMERGE = [
  `DELETE FROM account_member m
    WHERE m.tenant = $tenant AND m.patient = $survivor
      AND (m.relationship <> 'self'
           OR m.sub IN (SELECT (f ->> 'sub')::uuid FROM jsonb_array_elements($former::jsonb -> 'accounts') f
                         WHERE f ->> 'patient' = $replaced AND f ->> 'relationship' = 'self'))`,
  `INSERT INTO account_member (tenant, sub, patient, relationship, ${FACTS})
   SELECT f.tenant, f.sub, f.patient, f.relationship, f.name, f.position, f.birth_date, f.until, f.guardianship,
          f.coverage_end, f.died, f.fhir_user
     FROM jsonb_populate_recordset(NULL::account_member, $former::jsonb -> 'accounts') f
     JOIN account a ON a.tenant = f.tenant AND a.sub = f.sub
    WHERE f.tenant = $tenant AND f.patient IN ($replaced, $survivor) AND f.relationship = 'self'
   ON CONFLICT (tenant, sub, patient) DO NOTHING`,
  `UPDATE account_member SET position = position WHERE tenant = $tenant AND patient IN ($replaced, $survivor)`,
  `DELETE FROM plan_member p
    WHERE p.tenant = $tenant AND p.patient = $survivor
      AND (p.relationship <> 'self'
           OR p.number IN (SELECT f ->> 'number' FROM jsonb_array_elements($former::jsonb -> 'numbers') f
                            WHERE f ->> 'patient' = $replaced AND f ->> 'relationship' = 'self'))`,
  `INSERT INTO plan_member (tenant, number, patient, relationship, ${FACTS}, bearer)
   SELECT f.tenant, f.number, f.patient, f.relationship, f.name, f.position, f.birth_date, f.until, f.guardianship,
          f.coverage_end, f.died, f.fhir_user, f.bearer
     FROM jsonb_populate_recordset(NULL::plan_member, $former::jsonb -> 'numbers') f
    WHERE f.tenant = $tenant AND f.patient IN ($replaced, $survivor) AND f.relationship = 'self'
   ON CONFLICT (tenant, number, patient) DO NOTHING`,
  `UPDATE federated_identity i SET person = 'Patient/' || $replaced
    WHERE i.tenant = $tenant AND i.person = 'Patient/' || $survivor
      AND i.sub IN (SELECT (f ->> 'sub')::uuid FROM jsonb_array_elements($former::jsonb -> 'accounts') f
                     WHERE f ->> 'patient' = $replaced AND f ->> 'relationship' = 'self')`,
];

/** Somebody who acted for one of the persons: the plan says anew whether she does. */
export interface FormerDelegate {
  /** the login, or the member number */
  login?: string;
  number?: string;
  relationship: string;
  patient: string;
}

const DELEGATES = `
  SELECT jsonb_strip_nulls(jsonb_build_object('login', a.login, 'relationship', f ->> 'relationship', 'patient', f ->> 'patient')) AS one
    FROM jsonb_array_elements($2::jsonb -> 'accounts') f
    JOIN account a ON a.tenant = $1 AND a.sub = (f ->> 'sub')::uuid AND a.login IS NOT NULL
   WHERE f ->> 'relationship' <> 'self'
  UNION ALL
  SELECT jsonb_build_object('number', f ->> 'number', 'relationship', f ->> 'relationship', 'patient', f ->> 'patient')
    FROM jsonb_array_elements($2::jsonb -> 'numbers') f WHERE f ->> 'relationship' <> 'self'`;

/** @returns the relations to both persons as they are now, JSON */
export async function relationsTo(
  query: RunSql,
  tenant: string,
  { replaced, survivor }: Persons,
): Promise<string> {
  const [row] = await query<{ former: object }>(FORMER, [tenant, replaced, survivor]);
  return JSON.stringify(row?.former);
}

/**
 * Has the relations follow a change whose records have moved.
 *
 * @param former as {@link relationsTo} has it, where the change is undone
 */
export async function moveRelations(
  query: RunSql,
  tenant: string,
  { replaced, survivor }: Persons,
  former?: string,
): Promise<void> {
  for (const statement of former === undefined ? MERGE : UNMERGE)
    await runNamed(query, statement, { tenant, replaced, survivor, former });
}

/** @returns those who acted for either person before */
export async function formerDelegates(
  query: RunSql,
  tenant: string,
  former: string,
): Promise<FormerDelegate[]> {
  return (await query<{ one: FormerDelegate }>(DELEGATES, [tenant, former])).map(({ one }) => one);
}
