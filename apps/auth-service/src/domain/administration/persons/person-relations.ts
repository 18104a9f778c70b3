/**
 * The relations to two persons whose records are merged or split (ADR 93). Whoever is the survivor, or stays the person of a
 * split record, stays it. Whoever acts for either is taken out, and the plan says anew who that is: nobody agreed to act for
 * the person that it is now.
 */
import type { RunSql } from '../../database.ts';

interface Persons {
  /** logical ids of the Patients */
  from: string;
  to: string;
}

/** A change, and what the statements below take from it by name. */
interface Change extends Persons {
  kind: 'merge' | 'split';
  tenant: string;
  /** the relations as they were, JSON */
  former: string;
  /** logins and numbers */
  stays: readonly string[];
  isUndone: boolean;
}

/** Runs a statement whose parameters have names. */
function runNamed<Row>(query: RunSql, statement: string, values: Change): Promise<Row[]> {
  const used: unknown[] = [];
  const numbers = new Map<string, number>();
  const text = statement.replace(/\$(tenant|from|to|former|stays)\b/g, (_, name: keyof Change) => {
    const number = numbers.get(name) ?? used.push(values[name]);
    numbers.set(name, number);
    return `$${number}`;
  });
  return query<Row>(text, used);
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
   SELECT tenant, sub, $to, relationship, ${FACTS} FROM account_member
    WHERE tenant = $tenant AND patient = $from AND relationship = 'self'
   ON CONFLICT (tenant, sub, patient) DO UPDATE SET relationship = 'self', fhir_user = NULL`,
  `DELETE FROM account_member WHERE tenant = $tenant AND (patient = $from OR patient = $to AND relationship <> 'self')`,
  `UPDATE account_member SET position = position WHERE tenant = $tenant AND patient = $to`,
  `INSERT INTO plan_member (tenant, number, patient, relationship, ${FACTS}, bearer)
   SELECT tenant, number, $to, relationship, ${FACTS}, bearer FROM plan_member
    WHERE tenant = $tenant AND patient = $from AND relationship = 'self'
   ON CONFLICT (tenant, number, patient) DO UPDATE SET relationship = 'self', fhir_user = NULL`,
  `DELETE FROM plan_member WHERE tenant = $tenant AND (patient = $from OR patient = $to AND relationship <> 'self')`,
  `UPDATE federated_identity SET person = 'Patient/' || $to WHERE tenant = $tenant AND person = 'Patient/' || $from`,
];

/** Is this login, or this number, one of those who stay? */
const LOGIN_STAYS = `
  EXISTS (SELECT FROM account a LEFT JOIN federated_identity f ON f.tenant = a.tenant AND f.sub = a.sub
           WHERE a.tenant = m.tenant AND a.sub = m.sub AND (a.login = ANY ($stays::text[]) OR f.number = ANY ($stays::text[])))`;
const NUMBER_STAYS = `
  (p.number = ANY ($stays::text[])
   OR EXISTS (SELECT FROM account a JOIN federated_identity f ON f.tenant = a.tenant AND f.sub = a.sub
               WHERE a.tenant = p.tenant AND f.number = p.number AND a.login = ANY ($stays::text[])))`;
/** Who was the person of the record is one of two people: she is nobody's until the plan says whose. */
const SPLIT = [
  `DELETE FROM account_member m
    WHERE m.tenant = $tenant AND m.patient IN ($from, $to)
      AND (m.relationship <> 'self' OR m.patient = $from AND NOT ${LOGIN_STAYS})`,
  `UPDATE account_member SET position = position WHERE tenant = $tenant AND patient IN ($from, $to)`,
  `DELETE FROM plan_member p
    WHERE p.tenant = $tenant AND p.patient IN ($from, $to)
      AND (p.relationship <> 'self' OR p.patient = $from AND NOT ${NUMBER_STAYS})`,
];

/** Of what was before: a split takes nothing from who stays, so its undoing gives her nothing back that the plan has taken since. */
const WITHOUT_STAYING = `
  SELECT jsonb_build_object(
    'accounts', (SELECT coalesce(jsonb_agg(to_jsonb(m)), '[]')
                   FROM jsonb_populate_recordset(NULL::account_member, $former::jsonb -> 'accounts') m
                  WHERE NOT (m.relationship = 'self' AND m.patient = $from AND ${LOGIN_STAYS})),
    'numbers', (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]')
                  FROM jsonb_populate_recordset(NULL::plan_member, $former::jsonb -> 'numbers') p
                 WHERE NOT (p.relationship = 'self' AND p.patient = $from AND ${NUMBER_STAYS}))) AS former`;

/** Of whom `former` says that she was this person herself. */
const wasSelf = (table: 'accounts' | 'numbers', key: 'sub' | 'number', patient: '$from' | '$to'): string => `
  SELECT f ->> '${key}' FROM jsonb_array_elements($former::jsonb -> '${table}') f
   WHERE f ->> 'patient' = ${patient} AND f ->> 'relationship' = 'self'`;

/** Is who stands in a row `f` of what was before one of these persons herself now? */
const isSelf = (table: string, key: string, which: string): string => `
  EXISTS (SELECT FROM ${table} n
           WHERE n.tenant = f.tenant AND n.${key} = f.${key} AND n.patient ${which} AND n.relationship = 'self')`;
/** Once the numbers are restored: they do not say of a login `f` that she is the survivor alone. */
const NUMBERS_ALLOW = `
  coalesce((SELECT bool_or(p.patient = $from) FROM federated_identity i
              JOIN plan_member p ON p.tenant = i.tenant AND p.number = i.number
             WHERE i.tenant = f.tenant AND i.sub = f.sub AND p.patient IN ($from, $to) AND p.relationship = 'self'), true)`;
/** Of a row `f` of what was before: what the plan has said since is not undone, so nobody becomes two persons. */
const STILL = {
  merge: {
    numbers: isSelf('plan_member', 'number', '= $to'),
    logins: `${isSelf('account_member', 'sub', '= $to')} AND ${NUMBERS_ALLOW}`,
  },
  split: {
    numbers: `NOT ${isSelf('plan_member', 'number', 'NOT IN ($from, $to)')}`,
    logins: `NOT ${isSelf('account_member', 'sub', 'NOT IN ($from, $to)')}`,
  },
};

/** Who has been the survivor since the merge alone: her number says whether she is the one who was replaced. */
const SINCE_MERGE = {
  /** another number of somebody who was replaced */
  numbers: `
    UPDATE plan_member p SET patient = $from
     WHERE p.tenant = $tenant AND p.patient = $to AND p.relationship = 'self'
       AND p.number IN (SELECT i.number FROM federated_identity i
                         WHERE i.tenant = $tenant AND i.sub::text IN (${wasSelf('accounts', 'sub', '$from')}))
       AND p.number NOT IN (${wasSelf('numbers', 'number', '$to')})
       AND NOT EXISTS (SELECT FROM plan_member n WHERE n.tenant = p.tenant AND n.number = p.number AND n.patient = $from)`,
  logins: `
    INSERT INTO account_member (tenant, sub, patient, relationship, ${FACTS})
    SELECT p.tenant, m.sub, p.patient, p.relationship, p.name, p.position, p.birth_date, p.until, p.guardianship,
           p.coverage_end, p.died, p.fhir_user
      FROM account_member m
      JOIN federated_identity i ON i.tenant = m.tenant AND i.sub = m.sub
      JOIN plan_member p ON p.tenant = i.tenant AND p.number = i.number AND p.patient = $from AND p.relationship = 'self'
     WHERE m.tenant = $tenant AND m.patient = $to AND m.relationship = 'self'
       AND m.sub::text NOT IN (${wasSelf('accounts', 'sub', '$to')})
    ON CONFLICT (tenant, sub, patient) DO NOTHING`,
};

/** Who was the one person before is it again, and is the other one only if she was so before. `former` is what was before. */
const restore = (kind: Change['kind']): string[] => [
  `DELETE FROM plan_member WHERE tenant = $tenant AND patient IN ($from, $to) AND relationship <> 'self'`,
  `INSERT INTO plan_member (tenant, number, patient, relationship, ${FACTS}, bearer)
   SELECT f.tenant, f.number, f.patient, f.relationship, f.name, f.position, f.birth_date, f.until, f.guardianship,
          f.coverage_end, f.died, f.fhir_user, f.bearer
     FROM jsonb_populate_recordset(NULL::plan_member, $former::jsonb -> 'numbers') f
    WHERE f.tenant = $tenant AND f.patient = $from AND f.relationship = 'self' AND ${STILL[kind].numbers}
   ON CONFLICT (tenant, number, patient) DO NOTHING`,
  ...(kind === 'merge' ? [SINCE_MERGE.numbers] : []),
  `DELETE FROM plan_member p
    WHERE p.tenant = $tenant AND p.patient = $to AND p.number NOT IN (${wasSelf('numbers', 'number', '$to')})
      AND EXISTS (SELECT FROM plan_member n WHERE n.tenant = p.tenant AND n.number = p.number AND n.patient = $from)`,
  `DELETE FROM account_member WHERE tenant = $tenant AND patient IN ($from, $to) AND relationship <> 'self'`,
  `INSERT INTO account_member (tenant, sub, patient, relationship, ${FACTS})
   SELECT f.tenant, f.sub, f.patient, f.relationship, f.name, f.position, f.birth_date, f.until, f.guardianship,
          f.coverage_end, f.died, f.fhir_user
     FROM jsonb_populate_recordset(NULL::account_member, $former::jsonb -> 'accounts') f
     JOIN account a ON a.tenant = f.tenant AND a.sub = f.sub AND a.fhir_user IS NULL
    WHERE f.tenant = $tenant AND f.patient = $from AND f.relationship = 'self' AND ${STILL[kind].logins}
   ON CONFLICT (tenant, sub, patient) DO NOTHING`,
  ...(kind === 'merge' ? [SINCE_MERGE.logins] : []),
  `DELETE FROM account_member m
    WHERE m.tenant = $tenant AND m.patient = $to AND m.sub::text NOT IN (${wasSelf('accounts', 'sub', '$to')})
      AND EXISTS (SELECT FROM account_member n WHERE n.tenant = m.tenant AND n.sub = m.sub AND n.patient = $from)`,
  `UPDATE account_member SET position = position WHERE tenant = $tenant AND patient IN ($from, $to)`,
  `UPDATE federated_identity i SET person = 'Patient/' || $from
    WHERE i.tenant = $tenant AND i.person = 'Patient/' || $to
      AND EXISTS (SELECT FROM account_member n
                   WHERE n.tenant = i.tenant AND n.sub = i.sub AND n.patient = $from AND n.relationship = 'self')`,
];

/** How the relations follow a change whose records have moved. */
const MOVES = {
  merge: { done: MERGE, undone: restore('merge') },
  split: { done: SPLIT, undone: restore('split') },
};

/** Somebody who had to do with one of the persons: the plan says anew whether she has. */
export interface FormerRelation {
  /** the login, or the member number */
  login?: string;
  number?: string;
  relationship: string;
  patient: string;
}

/** @param selves which of those who were a person herself */
const before = (selves: (table: string, key: string) => string): string => `
  SELECT jsonb_strip_nulls(jsonb_build_object('login', a.login, 'relationship', f ->> 'relationship', 'patient', f ->> 'patient')) AS one
    FROM jsonb_array_elements($former::jsonb -> 'accounts') f
    JOIN account a ON a.tenant = $tenant AND a.sub = (f ->> 'sub')::uuid AND a.login IS NOT NULL
   WHERE f ->> 'relationship' <> 'self' OR ${selves('account_member', 'sub::text')}
  UNION ALL
  SELECT jsonb_build_object('number', f ->> 'number', 'relationship', f ->> 'relationship', 'patient', f ->> 'patient')
    FROM jsonb_array_elements($former::jsonb -> 'numbers') f
   WHERE f ->> 'relationship' <> 'self' OR ${selves('plan_member', 'number')}`;
const CONFIRM = {
  // Every self is the survivor.
  merge: before(() => 'false'),
  split: before(
    (table, key) => `NOT EXISTS (
      SELECT FROM ${table} n WHERE n.tenant = $tenant AND n.${key} = f ->> '${key.replace('::text', '')}'
         AND n.patient = f ->> 'patient' AND n.relationship = 'self')`,
  ),
};

const SELVES = `
  SELECT m.patient FROM account a JOIN account_member m ON m.tenant = a.tenant AND m.sub = a.sub
   WHERE a.tenant = $1 AND a.login = ANY ($2::text[]) AND m.relationship = 'self'
  UNION
  SELECT p.patient FROM plan_member p
   WHERE p.tenant = $1 AND p.number = ANY ($3::text[]) AND p.relationship = 'self'`;

/** @returns the Patients who these logins and numbers are themselves */
export async function selvesOf(
  query: RunSql,
  tenant: string,
  relations: readonly FormerRelation[],
): Promise<string[]> {
  const logins = relations.flatMap(({ login }) => login ?? []);
  const numbers = relations.flatMap(({ number }) => number ?? []);
  const rows = await query<{ patient: string }>(SELVES, [tenant, logins, numbers]);
  return rows.map(({ patient }) => patient);
}

/** @returns the relations to both persons as they are now, JSON */
export async function relationsTo(query: RunSql, tenant: string, { from, to }: Persons): Promise<string> {
  const [row] = await query<{ former: object }>(FORMER, [tenant, from, to]);
  return JSON.stringify(row?.former);
}

/** @returns what was before, without who stays, JSON: what a change that ends takes, and its undoing gives back */
export async function takenBy(query: RunSql, change: Change): Promise<string> {
  if (change.kind === 'merge') return change.former;
  const [row] = await runNamed<{ former: object }>(query, WITHOUT_STAYING, change);
  return JSON.stringify(row?.former);
}

/** Has the relations follow a change whose records have moved. */
export async function moveRelations(query: RunSql, change: Change): Promise<void> {
  const moves = MOVES[change.kind];
  for (const statement of change.isUndone ? moves.undone : moves.done)
    await runNamed(query, statement, change);
}

/** @returns those who acted for either person before, and those of a split record of whom the plan has not said who she is */
export async function toConfirm(query: RunSql, change: Change): Promise<FormerRelation[]> {
  const rows = await runNamed<{ one: FormerRelation }>(query, CONFIRM[change.kind], change);
  return rows.map(({ one }) => one);
}
