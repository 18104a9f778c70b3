/**
 * Links between people at the plan's identity provider and accounts here, for administrators who repair them. The person
 * keeps her account, and so her `sub`, her consents and her connected apps, unless a link is taken away.
 */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { ACCOUNT_COLUMNS, type AccountRow, normalizeLogin } from '../../accounts/accounts.ts';
import { keepLoginChange } from '../../accounts/login-changes.ts';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { type LoadedMember, loadedFor, spellingOf } from '../../federation/link-identity.ts';
import { endEverythingOf, hasNumber, memberBehind, PersonAtPlan } from '../../federation/people.ts';
import { JOINED_ISSUER } from '../../joining/joined.ts';
import { setRelations } from '../../relations/relations.ts';
import { ignoresCase } from '../../tenant/federation-settings.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { TAKE_PASSWORD } from './end-person.ts';
import { RepairRefused, unlessTaken } from './repair-refused.ts';
import { Told } from '../told.ts';

/** A link as administrators see it. */
export interface DescribedIdentity {
  iss: string;
  subject: string;
  number: string;
  /** `sub` of the account here */
  sub: string;
  /** how it was proved whose account it is, and when */
  proofing: string;
  proofed_at: Date;
  /** Patients whose data the account may see */
  patients: { id: string; relationship: string }[];
}

const WHERE = {
  subject: 'f.subject = $2',
  login: 'f.sub = (SELECT a.sub FROM account a WHERE a.tenant = $1 AND a.login = $2)',
} as const;
const LIST = (condition: string): string => `
  SELECT f.iss, f.subject, f.number, f.sub, o.proofing, o.proofed_at,
         (SELECT coalesce(json_agg(json_build_object('id', m.patient, 'relationship', m.relationship) ORDER BY m.position), '[]')
            FROM account_member m WHERE m.tenant = f.tenant AND m.sub = f.sub) AS patients
    FROM federated_identity f JOIN account o ON o.tenant = f.tenant AND o.sub = f.sub
   WHERE f.tenant = $1 AND ${condition} ORDER BY f.iss, f.subject`;

function conditionOf({ tenant }: Administration, person: PersonAtPlan): [text: string, value: string] {
  if ('login' in person) return [WHERE.login, normalizeLogin(person.login)];
  if ('subject' in person) return [WHERE.subject, person.subject];
  return [hasNumber(tenant.settings), person.number];
}

/** @param given one of `subject`, `number`, `login` @throws ZodError */
export async function listIdentities(
  admin: Administration,
  given: unknown,
): Promise<Told<DescribedIdentity[]>> {
  const { pool, tenant } = admin;
  const [condition, value] = conditionOf(admin, PersonAtPlan.parse(given));
  const { rows } = await pool.query<DescribedIdentity>(LIST(condition), [tenant.id, value]);
  const persons = rows.flatMap(({ patients }) => patients.map(({ id }) => id));
  return new Told('read-identities', rows, persons);
}

interface Found {
  iss: string;
  number: string;
  account: AccountRow;
}

/** @throws NotFoundError; RepairRefused when two issuers have this subject */
async function lockIdentity(db: PoolClient, tenant: string, subject: string): Promise<Found> {
  const text =
    'SELECT iss, number, sub FROM federated_identity WHERE tenant = $1 AND subject = $2 FOR UPDATE';
  const { rows } = await db.query<{ iss: string; number: string; sub: string }>(text, [tenant, subject]);
  const [row, another] = rows;
  if (!row) throw new NotFoundError(`no login of "${subject}" at "${tenant}"`);
  if (another) throw new RepairRefused(`"${subject}" comes from two issuers: move one of them first`);
  const account = `SELECT ${ACCOUNT_COLUMNS} FROM account a WHERE tenant = $1 AND sub = $2::uuid FOR UPDATE`;
  const [found] = (await db.query<AccountRow>(account, [tenant, row.sub])).rows;
  if (!found) throw new NotFoundError(`no account of "${subject}"`);
  return { ...row, account: found };
}

interface Loaded {
  number: string;
  rows: LoadedMember[];
}

const NOTHING: Loaded = { number: '', rows: [] };

/** The number as the plan writes it, and what it has loaded for it: nothing where it is not clear which number is meant. */
async function loadedAs(db: PoolClient, admin: Administration, number: string): Promise<Loaded> {
  const rules = { ignoreCase: ignoresCase(admin.tenant.settings.federation) };
  const spelling = await spellingOf(db, admin.tenant.id, number, rules);
  return {
    number: spelling ?? number,
    rows: spelling === undefined ? [] : await loadedFor(db, admin.tenant.id, spelling),
  };
}

/**
 * Runs a repair in one transaction, with the act in the trail, and tells the member. The rows of a number come before the link
 * and the account, as a load takes them in this order.
 *
 * @param subject whose link it is @param number from which the plan's rows are read for the work
 */
function repair(
  admin: Administration,
  { subject, number }: { subject: string; number?: string },
  action: string,
  work: (db: PoolClient, found: Found, loaded: Loaded) => Promise<void>,
): Promise<void> {
  return unlessTaken(
    inTransaction(admin.pool, async (db) => {
      const loaded = number === undefined ? NOTHING : await loadedAs(db, admin, number);
      const found = await lockIdentity(db, admin.tenant.id, subject);
      await keepLoginChange(queryOn(db), admin.tenant.id, found.account.sub, 'login-relinked');
      await work(db, found, loaded);
      await recordAct(db, actorOf(admin), { action, member: memberBehind(found.account) });
    }),
  );
}

/**
 * A user was deleted at the provider and made anew: the new subject gets the account.
 *
 * @throws NotFoundError; RepairRefused when the new subject has an account already
 */
export function moveSubject(admin: Administration, subject: string, to: string): Promise<void> {
  const next = z.string().min(1).max(255).parse(to);
  const text = `UPDATE federated_identity SET subject = $3 WHERE tenant = $1 AND subject = $2`;
  return repair(admin, { subject }, 'identity-move', async (db) => {
    await db.query(text, [admin.tenant.id, subject, next]);
  });
}

/**
 * A person got another number, and the plan's data does not say by itself that she is the same: records that were merged,
 * a delegate with a number of her own. The account sees at once what the new number opens; grants for everybody else end.
 *
 * @throws NotFoundError; RepairRefused for a number that the plan has not loaded, or that another login has
 */
export function relinkNumber(admin: Administration, subject: string, number: string): Promise<void> {
  const tenant = admin.tenant.id;
  const text = `UPDATE federated_identity SET number = $3 WHERE tenant = $1 AND subject = $2`;
  return repair(admin, { subject, number }, 'identity-relink', async (db, { account }, loaded) => {
    const { rows } = loaded;
    const selves = rows.filter(({ relationship }) => relationship === 'self');
    if (rows.length === 0 || selves.length > 1)
      throw new RepairRefused(`the number ${number} stands for nobody, or for two people`);
    await db.query(text, [tenant, subject, loaded.number]);
    const bearer = `UPDATE account SET fhir_user = $3 WHERE tenant = $1 AND sub = $2::uuid`;
    await db.query(bearer, [tenant, account.sub, rows[0]?.bearer ?? null]);
    await setRelations(queryOn(db), { tenant, sub: account.sub }, rows);
  });
}

const NO_LINK = 'NOT EXISTS (SELECT FROM federated_identity f WHERE f.tenant = $1 AND f.sub = $2::uuid)';
/** The plan said by the number who that is. Without a link nobody is, and number and address are good for another account. */
const FORGET_PERSON = [
  `DELETE FROM account_member WHERE tenant = $1 AND sub = $2::uuid AND ${NO_LINK}`,
  `UPDATE account SET fhir_user = NULL, email = NULL, email_source = NULL WHERE tenant = $1 AND sub = $2::uuid AND ${NO_LINK}`,
];

/**
 * Takes a link away, and all that the account has. The next login of that subject, or of another with that number, is a
 * first login. Who made the account alone, with this number, has no password any more: it may have been somebody else.
 *
 * @throws NotFoundError
 */
export function unlinkIdentity(admin: Administration, subject: string): Promise<void> {
  return repair(admin, { subject }, 'identity-unlink', async (db, { iss, account: { sub } }) => {
    const [query, tenant] = [queryOn(db), admin.tenant.id];
    await endEverythingOf(query, tenant, sub);
    await query('DELETE FROM federated_identity WHERE tenant = $1 AND subject = $2', [tenant, subject]);
    if (iss !== JOINED_ISSUER) return;
    for (const statement of [TAKE_PASSWORD, ...FORGET_PERSON]) await query(statement, [tenant, sub]);
  });
}

const MOVE_ISSUER = `
  UPDATE federated_identity f SET iss = $3 WHERE f.tenant = $1 AND f.iss = $2
     AND NOT EXISTS (SELECT FROM federated_identity o
                      WHERE o.tenant = $1 AND o.iss = $3 AND (o.subject = f.subject OR o.number = f.number))`;
const MOVE_AUDITORS = `
  UPDATE auditor_identity i SET iss = $3 WHERE i.tenant = $1 AND i.iss = $2
     AND NOT EXISTS (SELECT FROM auditor_identity o WHERE o.tenant = $1 AND o.iss = $3 AND o.subject = i.subject)`;
const STAYED = 'SELECT count(*)::int AS n FROM federated_identity WHERE tenant = $1 AND iss = $2';

/**
 * The provider has another address from now on. Everybody keeps her account.
 *
 * @returns how many links moved, and how many stayed because the new address has that subject or number already
 */
export function moveIssuer(
  admin: Administration,
  from: string,
  to: string,
): Promise<{ moved: number; stayed: number }> {
  const next = z.url({ protocol: /^https?$/ }).parse(to);
  return inTransaction(admin.pool, async (db) => {
    const { rowCount } = await db.query(MOVE_ISSUER, [admin.tenant.id, from, next]);
    await db.query(MOVE_AUDITORS, [admin.tenant.id, from, next]);
    const { rows } = await db.query<{ n: number }>(STAYED, [admin.tenant.id, from]);
    await recordAct(db, actorOf(admin), { action: 'issuer-move' });
    return { moved: rowCount ?? 0, stayed: rows[0]?.n ?? 0 };
  });
}
