/** The people of a plan who may make an account alone, as the plan's file says. */
import { holdPlan } from '../administration/administration.ts';
import type { RunSql } from '../database.ts';
import { hmac, type Keys } from '../keys/secrets.ts';
import { ignoresCase } from '../tenant/federation-settings.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { JOINED_ISSUER } from './joined.ts';
import { contactsOf, normalizeNumber, type PlanPerson, proofsOf } from './plan-person.ts';

/** The numbers are an array, so that the index is used, however old the statistics of a table are that is being loaded. */
const KNOWN = `SELECT number, digest FROM plan_person WHERE tenant = $1 AND number = ANY($2::text[])`;
const FORGET = `DELETE FROM plan_person WHERE tenant = $1 AND number = ANY($2::text[])`;
const ON_CARDS = `SELECT number FROM plan_person WHERE tenant = $1 AND card_number = ANY($2::text[])`;
const OPEN = `SELECT DISTINCT number FROM plan_member WHERE tenant = $1 AND number = ANY($2::text[])`;
/** A code on paper is for the person whom the plan had named. Codes of today stay counted. */
const KEEP = `
  INSERT INTO plan_person AS p (tenant, number, card_number, proofs, digest)
  SELECT $1, e.value ->> 'number', e.value ->> 'cardNumber',
         ARRAY(SELECT jsonb_array_elements_text(e.value -> 'proofs')), e.value ->> 'digest'
    FROM jsonb_array_elements($2::jsonb) AS e (value)
  ON CONFLICT (tenant, number) DO UPDATE
     SET card_number = excluded.card_number, proofs = excluded.proofs, digest = excluded.digest,
         letter = CASE WHEN p.proofs && excluded.proofs THEN p.letter END,
         letter_until = CASE WHEN p.proofs && excluded.proofs THEN p.letter_until END`;
const FORGET_CONTACTS = `DELETE FROM plan_contact WHERE tenant = $1 AND number = ANY($2::text[])`;
const KEEP_CONTACTS = `
  INSERT INTO plan_contact (tenant, number, kind, address, usable, position)
  SELECT $1, e.value ->> 'number', c.value ->> 'kind', c.value ->> 'address', (c.value ->> 'usable')::boolean, c.n::int - 1
    FROM jsonb_array_elements($2::jsonb) AS e (value),
         jsonb_array_elements(e.value -> 'contacts') WITH ORDINALITY AS c (value, n)`;

/**
 * An account that has the plan's address follows it: what is not this person's alone any more replaces no password. An
 * address that she confirmed herself stays.
 */
const FOLLOW = `
  UPDATE account a
     SET email = own.address, email_source = CASE WHEN own.address IS NOT NULL THEN 'plan' END
    FROM federated_identity f
    LEFT JOIN LATERAL (
         SELECT c.address FROM plan_contact c
          WHERE c.tenant = f.tenant AND c.number = f.number AND c.kind = 'email' AND c.usable AND NOT EXISTS (
                SELECT FROM plan_contact o WHERE o.tenant = c.tenant AND o.address = c.address
                   AND person_of_number(o.tenant, o.number) <> person_of_number(f.tenant, f.number))
          ORDER BY c.position LIMIT 1) own ON true
   WHERE f.tenant = $1 AND f.number = ANY($2::text[]) AND f.iss = '${JOINED_ISSUER}'
     AND a.tenant = $1 AND a.sub = f.sub AND a.sub = ANY(ARRAY(
           SELECT sub FROM federated_identity WHERE tenant = $1 AND number = ANY($2::text[]) AND iss = '${JOINED_ISSUER}'))
     AND a.email_source = 'plan' AND a.email IS DISTINCT FROM own.address`;

/** Of all that is stored. */
const digestOf = ([key]: Keys, stored: object): string => hmac([key], JSON.stringify(['line', stored]));

/** @returns what is stored of a line; nothing of somebody who has no name any more */
function rowOf(key: Keys, tenant: string, person: PlanPerson) {
  const { number, names } = person;
  const cardNumber = normalizeNumber(person.cardNumber ?? number);
  if (names.length === 0) return { number, cardNumber, digest: null };
  const row = {
    number,
    cardNumber,
    proofs: proofsOf(key, tenant, person),
    contacts: contactsOf(person),
  };
  return { ...row, digest: digestOf(key, row) };
}

type Plan = Pick<Tenant, 'id' | 'settings'>;

/**
 * Where upper and lower case of a number are the same: what was said before `member load` had the number, or before it wrote it
 * otherwise. It opens nothing, but with the same card it makes two people of one.
 *
 * @returns such numbers that are stored, each with the number of the row
 */
async function otherSpellings(
  query: RunSql,
  { id, settings }: Plan,
  rows: readonly { number: string; cardNumber: string }[],
): Promise<Map<string, string>> {
  if (!ignoresCase(settings.federation)) return new Map();
  const meant = new Map(rows.map(({ number }) => [number.toLowerCase(), number]));
  const written = new Set(rows.map(({ number }) => number));
  const cards = rows.map(({ cardNumber }) => cardNumber);
  const onCards = await query<{ number: string }>(ON_CARDS, [id, cards]);
  const others = onCards.flatMap(({ number }) => {
    const now = meant.get(number.toLowerCase());
    return now === undefined || written.has(number) ? [] : [[number, now] as const];
  });
  if (others.length === 0) return new Map();
  const opening = await query<{ number: string }>(OPEN, [id, others.map(([number]) => number)]);
  const open = new Set(opening.map(({ number }) => number));
  return new Map(others.filter(([number]) => !open.has(number)));
}

/**
 * Sets what the plan says about people, in place of what it said before. What is so already is not written.
 *
 * @param query in a transaction
 * @param key of `joiningKey`
 * @param people their numbers are written as the plan has them
 * @returns how many of them have changed
 * @throws NotFoundError when the plan was deleted
 */
export async function setPlanPeople(
  query: RunSql,
  key: Keys,
  plan: Plan,
  people: readonly PlanPerson[],
): Promise<number> {
  const tenant = plan.id;
  const rows = people.map((person) => rowOf(key, tenant, person));
  const numbers = rows.map(({ number }) => number);
  const stored = await query<{ number: string; digest: string }>(KNOWN, [tenant, numbers]);
  const digests = new Map(stored.map(({ number, digest }) => [number, digest]));
  const others = await otherSpellings(query, plan, rows);
  const doubled = new Set(others.values());
  const changed = rows.filter(
    ({ number, digest }) => (digests.get(number) ?? null) !== digest || doubled.has(number),
  );
  if (changed.length === 0) return 0;
  const gone = changed.filter(({ digest }) => digest === null).map(({ number }) => number);
  const kept = changed.filter(({ digest }) => digest !== null);
  await holdPlan(query, tenant);
  await query(FORGET, [tenant, [...gone, ...others.keys()]]);
  await query(KEEP, [tenant, JSON.stringify(kept)]);
  await query(FORGET_CONTACTS, [tenant, kept.map(({ number }) => number)]);
  await query(KEEP_CONTACTS, [tenant, JSON.stringify(kept)]);
  await query(FOLLOW, [tenant, changed.map(({ number }) => number)]);
  return changed.length;
}
