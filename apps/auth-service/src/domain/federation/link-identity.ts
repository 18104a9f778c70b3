/**
 * Finds the account of an identity by issuer and subject. At the first login the member number decides: the plan has
 * said whose data its bearer may see. Names, birth dates and email addresses decide nothing (security case O27).
 */
import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { LOGIN_IS_OVER } from '../accounts/accounts.ts';
import { type Queryable, queryOn } from '../database.ts';
import type { FederationSettings } from '../tenant/federation-settings.ts';
import { STILL_DELEGATE } from '../relations/still-delegate.ts';
import { JOINED_ISSUER } from '../joining/joined.ts';
import { type NewMember, setRelations } from '../relations/relations.ts';
import { type FederatedIdentity, LoginRefused } from './identity.ts';
import { holdForLogin } from './person-lock.ts';
import { saidInactive } from './said-inactive.ts';

interface Known {
  sub: string;
  number: string;
  self: string | null;
  /** she is a delegate, and her number still opens the data of somebody for whom she acts */
  isDelegate: boolean;
}

/** Takes a lock, so that an identity has only one login at a time. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`;
/** Before the rows of a number, as a merge or a split that ends takes them in this order (administration/persons/person-changes.ts). */
export const WAIT_FOR_CHANGES = 'LOCK TABLE account_member IN ROW EXCLUSIVE MODE';
const WAIT_FOR_LOAD = 'SELECT 1 FROM plan_member WHERE tenant = $1 AND number = $2 FOR SHARE';
const CANDIDATES = `SELECT patient AS id, relationship, name, birth_date::text AS "birthDate", until::text, guardianship, bearer,
       coverage_end::text AS "coverageEnd", died::text, fhir_user AS "fhirUser"
  FROM plan_member WHERE tenant = $1 AND number = $2 ORDER BY position FOR SHARE`;
/** The number as the plan writes it, where upper and lower case are the same. */
const SPELLINGS = `SELECT DISTINCT number FROM plan_member WHERE tenant = $1 AND lower(number) = lower($2) LIMIT 2`;
const KNOWN = `
  SELECT f.sub, f.number,
         (SELECT m.patient FROM account_member m
           WHERE m.tenant = f.tenant AND m.sub = f.sub AND m.relationship = 'self') AS self,
         f.person = 'delegate' AND ${STILL_DELEGATE} AS "isDelegate"
    FROM federated_identity f WHERE f.tenant = $1 AND f.iss = $2 AND f.subject = $3`;
const HERS = { tenant: '$1', persons: ['$2', '$3'], number: '$3', ignoreCase: '$4' };
const INACTIVE = `SELECT 1 WHERE ${saidInactive(HERS)}`;
const NEW_ACCOUNT = `INSERT INTO account (tenant, sub, proofing) VALUES ($1, $2, 'federated')`;
/** A number that belongs to another subject of the same issuer is refused. */
const NEW_IDENTITY = `
  INSERT INTO federated_identity (tenant, iss, subject, sub, number) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING RETURNING 1`;
const RENUMBER = `
  UPDATE federated_identity SET number = $4 WHERE tenant = $1 AND iss = $2 AND subject = $3
     AND NOT EXISTS (SELECT FROM federated_identity o WHERE o.tenant = $1 AND o.iss = $2 AND o.number = $4)`;
const REMEMBER_PERSON = `
  UPDATE federated_identity SET person = $4
   WHERE tenant = $1 AND iss = $2 AND subject = $3 AND person IS DISTINCT FROM $4`;
/** The account before its relations, as a consent takes them in this order (consent/consents.ts). */
const HOLD_BEARER = `
  SELECT fhir_user AS "fhirUser" FROM account WHERE tenant = $1 AND sub = $2 FOR NO KEY UPDATE`;
const SET_FHIR_USER = `UPDATE account SET fhir_user = $3 WHERE tenant = $1 AND sub = $2`;
const FOUND = `
  SELECT ${LOGIN_IS_OVER} AS over, logins_ended AS "loginsEnded" FROM account a WHERE tenant = $1 AND sub = $2`;
/** The plan itself knows better. */
const SET_EMAIL = `
  UPDATE account SET email = $3, email_source = 'provider'
   WHERE tenant = $1 AND sub = $2 AND email IS DISTINCT FROM $3 AND email_source IS DISTINCT FROM 'plan'`;

/** @returns the number as the plan writes it; undefined when the plan has two numbers that differ in case alone */
export async function spellingOf(
  client: Queryable,
  tenant: string,
  number: string,
  { ignoreCase }: Pick<LinkRules, 'ignoreCase'>,
): Promise<string | undefined> {
  if (!ignoreCase) return number;
  const { rows } = await client.query<{ number: string }>(SPELLINGS, [tenant, number]);
  const [known, another] = rows;
  return another ? undefined : (known?.number ?? number);
}

/** @throws LoginRefused unless the number stands for exactly one person */
function onePerson(candidates: NewMember[]): NewMember | undefined {
  if (candidates.length === 0) throw new LoginRefused('unknown-member');
  if (candidates.filter(({ relationship }) => relationship === 'self').length > 1) {
    throw new LoginRefused('several-members');
  }
  return candidates.find(({ relationship }) => relationship === 'self');
}

/** The login with a password of the same person, as the plan's data says: the one whose own Patient this is. */
const PASSWORD_ACCOUNT = `
  SELECT a.sub FROM account a JOIN account_member m ON m.tenant = a.tenant AND m.sub = a.sub
   WHERE a.tenant = $1 AND m.patient = $2 AND m.relationship = 'self' AND a.login IS NOT NULL AND a.role = 'member'
     AND NOT EXISTS (SELECT FROM federated_identity f
                      WHERE f.tenant = a.tenant AND f.sub = a.sub AND f.iss <> '${JOINED_ISSUER}') FOR UPDATE OF a`;

async function newAccount(client: PoolClient, tenant: string): Promise<string> {
  const sub = randomUUID();
  await client.query(NEW_ACCOUNT, [tenant, sub]);
  return sub;
}

/** @returns the person's login with a password, where the plan wants it to go on and it is just one */
async function passwordAccount(
  client: PoolClient,
  tenant: string,
  self: NewMember,
): Promise<string | undefined> {
  const { rows } = await client.query<{ sub: string }>(PASSWORD_ACCOUNT, [tenant, self.id]);
  return rows.length === 1 ? rows[0]?.sub : undefined;
}

async function create(
  client: PoolClient,
  tenant: string,
  identity: FederatedIdentity,
  goesOn: NewMember | undefined,
): Promise<string> {
  const known = goesOn && (await passwordAccount(client, tenant, goesOn));
  const sub = known ?? (await newAccount(client, tenant));
  const values = [tenant, identity.iss, identity.subject, sub, identity.number];
  if ((await client.query(NEW_IDENTITY, values)).rowCount !== 1) throw new LoginRefused('already-linked');
  return sub;
}

/** A plan may give a person a new number. It may never give a person's number to somebody else. */
async function renumber(
  client: PoolClient,
  tenant: string,
  known: Known,
  identity: FederatedIdentity,
  self?: NewMember,
) {
  if (known.number === identity.number && known.self === (self?.id ?? null)) return;
  // A delegate who got coverage of her own: the plan says so under the number that she has had all along.
  const isDelegateNoMore = known.isDelegate && known.self === null && known.number === identity.number;
  if (!self || (known.self !== self.id && !isDelegateNoMore)) throw new LoginRefused('member-changed');
  if (known.number === identity.number) return;
  const values = [tenant, identity.iss, identity.subject, identity.number];
  if ((await client.query(RENUMBER, values)).rowCount !== 1) throw new LoginRefused('already-linked');
}

/** What a plan decides about links. */
export interface LinkRules {
  /** are upper and lower case of a number the same? */
  ignoreCase: boolean;
  /** does the login with a password of the same person go on as hers? */
  keepPasswordLogins: boolean;
}

/** A person whose data the bearer of a number may see, and who the bearer is where it is none of them. */
export type LoadedMember = NewMember & { bearer: string | null };

/**
 * What is found stays so until the end of the transaction: a load that says something else of the number comes before this, or
 * finds the relations that were made of it. When the wait for one is over, its rows are not those that were waited for, so they
 * are read by a statement of their own.
 *
 * @param client in a transaction
 * @returns what the plan has loaded for a number, in its order
 */
export async function loadedFor(client: PoolClient, tenant: string, number: string): Promise<LoadedMember[]> {
  await client.query(WAIT_FOR_CHANGES);
  await client.query(WAIT_FOR_LOAD, [tenant, number]);
  return (await client.query<LoadedMember>(CANDIDATES, [tenant, number])).rows;
}

/** The account of a login. */
export interface LinkedAccount {
  sub: string;
  /** `Account.loginsEnded` in the transaction of the link: what ends the logins after it ends this one too */
  loginsEnded: number;
}

/** @throws LoginRefused when the plan names another person than before */
async function setBearer(
  client: PoolClient,
  tenant: string,
  sub: string,
  bearer: string | null,
): Promise<void> {
  const { rows } = await client.query<{ fhirUser: string | null }>(HOLD_BEARER, [tenant, sub]);
  const known = rows[0]?.fhirUser ?? null;
  if (known === bearer) return;
  if (known !== null && bearer !== null) throw new LoginRefused('member-changed');
  await client.query(SET_FHIR_USER, [tenant, sub, bearer]);
}

/**
 * Finds or creates the account of an identity in the transaction of `client`, and sets its members to what the plan says
 * today.
 *
 * @throws LoginRefused when it is not clear who the person is; the transaction has to be taken back then
 */
export async function linkIn(
  client: PoolClient,
  tenant: string,
  told: FederatedIdentity,
  { ignoreCase, keepPasswordLogins }: LinkRules,
): Promise<LinkedAccount> {
  const { iss, subject } = told;
  await client.query(LOCK, [JSON.stringify([tenant, iss, subject])]);
  await holdForLogin(client, tenant, [subject, told.number]);
  const number = await spellingOf(client, tenant, told.number, { ignoreCase });
  if (number === undefined) throw new LoginRefused('several-members');
  const identity = { ...told, number };
  // The provider may have said it before the plan had loaded the number.
  const inactive = await client.query(INACTIVE, [tenant, subject, number, ignoreCase]);
  if (inactive.rowCount !== 0) throw new LoginRefused('not-active');
  const candidates = await loadedFor(client, tenant, number);
  const self = onePerson(candidates);
  const known = (await client.query<Known>(KNOWN, [tenant, iss, subject])).rows[0];
  if (known) await renumber(client, tenant, known, identity, self);
  const sub = known?.sub ?? (await create(client, tenant, identity, keepPasswordLogins ? self : undefined));
  await client.query(REMEMBER_PERSON, [tenant, iss, subject, self ? `Patient/${self.id}` : 'delegate']);
  await setBearer(client, tenant, sub, candidates[0]?.bearer ?? null);
  await setRelations(queryOn(client), { tenant, sub }, candidates);
  const { rows } = await client.query<{ over: boolean; loginsEnded: number }>(FOUND, [tenant, sub]);
  const { over, loginsEnded } = rows[0] as (typeof rows)[0];
  if (over) throw new LoginRefused('access-over');
  if (identity.email !== undefined) await client.query(SET_EMAIL, [tenant, sub, identity.email]);
  return { sub, loginsEnded };
}

/** The login of an identity: {@link linkIn} in a transaction of its own. If it is refused, nothing is changed. */
export const linkIdentity = (
  pool: Pool,
  tenant: string,
  told: FederatedIdentity,
  rules: LinkRules,
): Promise<LinkedAccount> => inTransaction(pool, (client) => linkIn(client, tenant, told, rules));

/** What this plan decides about links. */
export const linkRulesOf = ({ memberNumber, keepPasswordLogins }: FederationSettings): LinkRules => ({
  ignoreCase: memberNumber.ignoreCase,
  keepPasswordLogins,
});
