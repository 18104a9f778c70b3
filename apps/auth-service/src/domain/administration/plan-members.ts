import { z } from 'zod';
import type { PrismaClient } from '../../generated/client.ts';
import { inPrismaTransaction, queryIn, type RunSql } from '../database.ts';
import { parseInput } from '../parse-input.ts';
import { NewMember } from '../relations/relations.ts';

const MAX_NUMBER_CHARACTERS = 64;

export const PlanMember = z.object({
  /** as it stands in the configured claim of the plan's identity provider */
  number: z.string().min(1).max(MAX_NUMBER_CHARACTERS),
  /** whose data the person with this number may see; empty: nobody's */
  patients: z.array(NewMember),
});
type PlanMember = z.infer<typeof PlanMember>;

function parseLine(line: string, number: number): PlanMember {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`line ${number}: not JSON`);
  }
  return parseInput(PlanMember, value, ({ text }) => new Error(`line ${number}: ${text}`));
}

const NUMBERS = `SELECT value ->> 'number' FROM jsonb_array_elements($2::jsonb)`;
const FORGET = `DELETE FROM plan_member WHERE tenant = $1 AND number IN (${NUMBERS})`;
const LOAD = `
  INSERT INTO plan_member (tenant, number, patient, relationship, name, position, birth_date, until, guardianship)
  SELECT $1, entry ->> 'number', p.value ->> 'id', p.value ->> 'relationship', p.value ->> 'name', p.n::int - 1,
         (p.value ->> 'birthDate')::date, (p.value ->> 'until')::date, coalesce((p.value ->> 'guardianship')::boolean, false)
    FROM jsonb_array_elements($2::jsonb) AS entry,
         jsonb_array_elements(entry -> 'patients') WITH ORDINALITY AS p (value, n)`;
/**
 * Logins of these numbers. `same`: the number still belongs to the person who logs in with it; otherwise it opens nothing
 * more to that login, whose next attempt is refused.
 */
const LINKED = `
  WITH linked AS (
    SELECT f.tenant, f.sub, f.number,
           ARRAY(SELECT patient FROM plan_member p
                  WHERE p.tenant = f.tenant AND p.number = f.number AND p.relationship = 'self') =
           ARRAY(SELECT patient FROM account_member m
                  WHERE m.tenant = f.tenant AND m.sub = f.sub AND m.relationship = 'self') AS same
      FROM federated_identity f WHERE f.tenant = $1 AND f.number IN (${NUMBERS}))`;
const WITHDRAW = `${LINKED}
  DELETE FROM account_member m USING linked l
   WHERE m.tenant = l.tenant AND m.sub = l.sub
     AND NOT (l.same AND EXISTS (SELECT 1 FROM plan_member p
                                  WHERE p.tenant = l.tenant AND p.number = l.number AND p.patient = m.patient))`;
const FOLLOW = `${LINKED}
  UPDATE account_member m
     SET relationship = p.relationship, name = p.name, birth_date = p.birth_date, until = p.until,
         guardianship = p.guardianship
    FROM linked l JOIN plan_member p ON p.tenant = l.tenant AND p.number = l.number
   WHERE l.same AND m.tenant = l.tenant AND m.sub = l.sub AND m.patient = p.patient
     AND (m.relationship, m.name, m.birth_date, m.until, m.guardianship)
         IS DISTINCT FROM (p.relationship, p.name, p.birth_date, p.until, p.guardianship)`;

/**
 * Sets for each member number whose data its bearer may see, in place of the former list. What is taken away or changed
 * is in force at the commit, also for logins of these numbers; what is added, from the bearer's next login.
 *
 * @param query in a transaction
 */
export async function setPlanMembers(
  query: RunSql,
  tenant: string,
  entries: readonly PlanMember[],
): Promise<void> {
  const values = [tenant, JSON.stringify(entries)];
  for (const statement of [FORGET, LOAD, WITHDRAW, FOLLOW]) await query(statement, values);
}

/**
 * Loads {@link setPlanMembers} from a file.
 *
 * @param ndjson one `{ number, patients }` a line
 * @throws Error that names the line; then nothing is loaded
 */
export async function loadPlanMembers(prisma: PrismaClient, tenantId: string, ndjson: string): Promise<void> {
  const entries = ndjson
    .split('\n')
    .flatMap((line, index) => (line.trim() ? [parseLine(line, index + 1)] : []));
  await inPrismaTransaction(prisma, (transaction) => setPlanMembers(queryIn(transaction), tenantId, entries));
}
