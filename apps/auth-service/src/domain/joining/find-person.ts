/** Who it is that makes an account, by what she typed and what the plan has said. */
import { saidInactive } from '../federation/said-inactive.ts';
import type { Keys } from '../keys/secrets.ts';
import { ignoresCase } from '../tenant/federation-settings.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { type Claimed, claimedProofs, normalizeNumber } from './plan-person.ts';
import type { Queryable } from '../database.ts';

/** People with one number on their cards are a family. */
const MOST_OF_A_CARD = 50;

const HERS = { tenant: 'p.tenant', persons: ['p.number'], number: 'p.number', ignoreCase: '$3' };
const FIND = `
  SELECT p.number, p.proofs, m.person, m.members, m.selves, m.patient,
         EXISTS (SELECT FROM account_member a JOIN account o ON o.tenant = a.tenant AND o.sub = a.sub AND o.role = 'member'
                  WHERE a.tenant = p.tenant AND a.patient = m.patient AND a.relationship = 'self')
           OR EXISTS (SELECT FROM federated_identity f WHERE f.tenant = p.tenant AND f.number = p.number)
           OR EXISTS (SELECT FROM account o WHERE o.tenant = p.tenant AND o.fhir_user = m.bearer AND m.patient IS NULL)
           AS "hasAccount",
         ${saidInactive(HERS)} AS "isInactive"
    FROM plan_person p,
         LATERAL (SELECT person_of_number(p.tenant, p.number) AS person,
                         (count(*) FILTER (WHERE ends_at IS NULL OR ends_at > now()))::int AS members,
                         (count(*) FILTER (WHERE relationship = 'self'))::int AS selves,
                         min(patient) FILTER (WHERE relationship = 'self') AS patient, max(bearer) AS bearer
                    FROM plan_member r,
                         LATERAL end_of_relation(r.tenant, relationship, birth_date, until, guardianship, coverage_end, died,
                           (SELECT min(o.died) FROM plan_member o
                             WHERE o.tenant = r.tenant AND o.number = r.number AND o.relationship = 'self'))
                   WHERE r.tenant = p.tenant AND r.number = p.number) m
   WHERE p.tenant = $1 AND p.card_number = $2 ORDER BY p.number LIMIT ${MOST_OF_A_CARD}`;

interface Row {
  number: string;
  proofs: string[];
  person: string;
  /** whose data the number opens now */
  members: number;
  selves: number;
  patient: string | null;
  hasAccount: boolean;
  /** the plan's identity provider, or one of before, has said so over SCIM, of this number */
  isInactive: boolean;
}

/** Why somebody makes no account, for the trail; never for the person at the browser. */
export type JoinRefusal =
  'unknown-person' | 'several-people' | 'no-data' | 'not-active' | 'minor' | 'has-account';

export interface FoundPerson {
  number: string;
  /** see `person_of_number` */
  person: string;
  /** of the member who is this person */
  patient?: string;
}

type Plan = Pick<Tenant, 'id' | 'settings'>;

const isOlder = (birthDate: string, years: number, timeZone: string): boolean => {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date());
  const born = Number(birthDate.slice(0, 4));
  // As text: somebody born on 29 February has the birthday on 1 March in a year without that day.
  return `${born + years}${birthDate.slice(4)}` <= today;
};

function refusalOf({ members, selves, hasAccount, isInactive }: Row, { birthDate }: Claimed, tenant: Plan) {
  const { join, timeZone, federation } = tenant.settings;
  if (members === 0) return 'no-data';
  if (isInactive && federation) return 'not-active';
  if (selves > 1) return 'several-people';
  if (!join || !isOlder(birthDate, join.minAge, timeZone)) return 'minor';
  return hasAccount ? 'has-account' : undefined;
}

/**
 * @param keys of `joiningKey`
 * @returns the person, as far as it is clear who it is, and why she makes no account, if she makes none
 */
export async function findPerson(
  db: Queryable,
  keys: Keys,
  tenant: Plan,
  claimed: Claimed,
): Promise<{ found?: FoundPerson; refusal?: JoinRefusal }> {
  const ignoreCase = ignoresCase(tenant.settings.federation);
  const { rows } = await db.query<Row>(FIND, [tenant.id, normalizeNumber(claimed.number), ignoreCase]);
  const proofs = claimedProofs(keys, tenant.id, claimed);
  const [row, another] = rows.filter((each) => each.proofs.some((proof) => proofs.has(proof)));
  if (!row) return { refusal: 'unknown-person' };
  if (another) return { refusal: 'several-people' };
  const { number, person, patient } = row;
  const found = { number, person, ...(patient !== null && { patient }) };
  return { found, refusal: refusalOf(row, claimed, tenant) };
}

const ADDRESS = `
  SELECT c.address,
         EXISTS (SELECT FROM plan_contact o
                  WHERE o.tenant = c.tenant AND o.address = c.address AND person_of_number(o.tenant, o.number) <> $3)
           OR EXISTS (SELECT FROM account a
                       WHERE a.tenant = c.tenant AND a.email = c.address AND person_of_account(a.tenant, a.sub) <> $3) AS shared
    FROM plan_contact c WHERE c.tenant = $1 AND c.number = $2 AND c.kind = $4 AND c.usable ORDER BY c.position`;

/** @returns the first address that is this person's alone, or why there is none */
export async function ownAddress(
  db: Queryable,
  tenant: string,
  { number, person }: FoundPerson,
  kind: 'email' | 'phone',
): Promise<{ address: string } | { refusal: 'no-address' | 'shared-address' }> {
  const values = [tenant, number, person, kind];
  const { rows } = await db.query<{ address: string; shared: boolean }>(ADDRESS, values);
  const own = rows.find(({ shared }) => !shared);
  if (own) return { address: own.address };
  return { refusal: rows.length === 0 ? 'no-address' : 'shared-address' };
}

/** In one day, whatever happens with them. */
const MOST_CODES = 5;
const COUNT = `
  UPDATE plan_person
     SET codes = CASE WHEN codes_on = (now() AT TIME ZONE 'UTC')::date THEN codes + 1 ELSE 1 END,
         codes_on = (now() AT TIME ZONE 'UTC')::date
   WHERE tenant = $1 AND number = $2
     AND (codes_on IS DISTINCT FROM (now() AT TIME ZONE 'UTC')::date OR codes < ${MOST_CODES}) RETURNING 1`;

/** Counts a code that is sent to a person. The row stays locked until the transaction ends. @returns false: none more today */
export const countCode = async (db: Queryable, tenant: string, number: string): Promise<boolean> =>
  (await db.query(COUNT, [tenant, number])).rows.length === 1;
