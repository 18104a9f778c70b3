/** The clients of all tenants, as rows. Secrets are stored as digests; every statement carries the tenant. */
import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import type { Queryable } from '../database.ts';
import { digest } from '../keys/secrets.ts';
import { APPROVED_SCOPE, type ClientMetadata } from './metadata.ts';
import { webOrigins } from './redirect-uri.ts';

/**
 * Who registered it: anybody, the holder of an initial access token or of a software statement (RFC 7591), a developer with
 * an account, or the plan.
 */
type RegisteredBy = 'anybody' | 'token' | 'statement' | 'developer' | 'plan';

export interface Client {
  id: string;
  metadata: ClientMetadata;
  registeredBy: RegisteredBy;
  /** digests */
  secret: string | null;
  previousSecret: string | null;
  previousSecretUntil: Date | null;
  registeredAt: Date;
  bannedAt: Date | null;
  banReason: string | null;
}

const VOUCHING: readonly RegisteredBy[] = ['token', 'statement', 'plan'];

/**
 * Does the plan vouch for it, or somebody whom the plan trusts? Otherwise anybody may have registered it, and many like it.
 */
export const isVouchedFor = ({ registeredBy, metadata }: Client): boolean =>
  VOUCHING.includes(registeredBy) || metadata.verified || metadata[APPROVED_SCOPE] !== undefined;

/** A row in JSON of the database, where dates are texts. */
export type ClientInJson = Omit<Client, 'registeredAt' | 'previousSecretUntil' | 'bannedAt'> & {
  registeredAt: string;
  previousSecretUntil: string | null;
};

/** @param row of a client that is not banned */
export const toClient = ({ registeredAt, previousSecretUntil, ...row }: ClientInJson): Client => ({
  ...row,
  bannedAt: null,
  registeredAt: new Date(registeredAt),
  previousSecretUntil: previousSecretUntil === null ? null : new Date(previousSecretUntil),
});

export interface NewClient {
  id: string;
  metadata: ClientMetadata;
  registeredBy: RegisteredBy;
  secret?: string;
  /** RFC 7592; given to whoever registers itself */
  registrationToken?: string;
  /** the client is deleted after so long without a consent; undefined: never */
  unusedDays?: number;
  /** whose account it belongs to */
  developer?: string;
}

const COLUMNS = `id, metadata, registered_by AS "registeredBy", secret, previous_secret AS "previousSecret",
  previous_secret_until AS "previousSecretUntil", registered_at AS "registeredAt", banned_at AS "bannedAt",
  ban_reason AS "banReason"`;
/** @returns SQL of the client under an id at the tenant of `k`, if its app is served: it has not expired and is not banned */
export const admittedClient = (id: string): string =>
  `SELECT ${COLUMNS} FROM client WHERE tenant = k.tenant AND id = ${id} AND expires_at > now() AND banned_at IS NULL LIMIT 1`;
const HERE = 'tenant = $1 AND id = $2 AND expires_at > now()';

/** Every request of an app runs this statement, so a ban and a new secret apply at once on every replica. */
const FIND_ADMITTED: BatchStatement = {
  name: 'client-find',
  text: `SELECT k.n, c.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n),
           LATERAL (${admittedClient('k.id')}) c`,
};
const FIND_BY_TOKEN = `SELECT ${COLUMNS} FROM client
  WHERE ${HERE} AND banned_at IS NULL AND registration_token = $3`;
const FIND = `SELECT ${COLUMNS} FROM client WHERE ${HERE}`;
const OWNED = `SELECT ${COLUMNS} FROM client WHERE ${HERE} AND developer = $3`;
const LIST_OWNED = `SELECT ${COLUMNS} FROM client
  WHERE tenant = $1 AND developer = $2 AND expires_at > now() ORDER BY registered_at, id`;
const LIST = `SELECT ${COLUMNS} FROM client WHERE tenant = $1 AND expires_at > now() ORDER BY registered_at, id`;
const INSERT = `INSERT INTO client (tenant, id, metadata, registered_by, secret, registration_token, unused_for, expires_at,
                                    origins, developer)
  VALUES ($1, $2, $3, $4, $5, $6, make_interval(days => $7), coalesce(now() + make_interval(days => $7), 'infinity'), $8, $9)
  RETURNING registered_at AS "registeredAt"`;
const SET_METADATA = 'UPDATE client SET metadata = $3, origins = $4 WHERE tenant = $1 AND id = $2';
const SET_BAN = `UPDATE client SET banned_at = CASE WHEN $3::text IS NULL THEN NULL ELSE coalesce(banned_at, now()) END,
  ban_reason = $3 WHERE tenant = $1 AND id = $2`;
const ROTATE = `UPDATE client SET previous_secret = CASE WHEN $4::float8 > 0 THEN secret END, previous_secret_until = now() + make_interval(secs => $4),
  secret = $3 WHERE tenant = $1 AND id = $2`;
/**
 * Was there such a rotation in the last ten minutes? An overlap that ends later is another one, of the plan. `now()` would be
 * the time before a press at the same instant, for which this transaction waited.
 */
const ROTATE_ONCE_MORE = `UPDATE client SET secret = $3 WHERE tenant = $1 AND id = $2
  AND previous_secret_until - make_interval(secs => $4)
      BETWEEN clock_timestamp() - interval '10 minutes' AND clock_timestamp()`;
const DELETE = 'DELETE FROM client WHERE tenant = $1 AND id = $2';
const one = async (found: Promise<{ rows: Client[] }>): Promise<Client | undefined> => (await found).rows[0];

/** @returns undefined when there is no such client, or the plan has banned it */
export const findAdmitted = (pool: Pool, tenant: string, id: string): Promise<Client | undefined> =>
  findInBatch<Client>(pool, FIND_ADMITTED, [tenant, id]);

/** @returns the client that a registration access token was given to (RFC 7592 section 2), unless it is banned */
export const findByRegistrationToken = (
  db: Queryable,
  tenant: string,
  id: string,
  token: string,
): Promise<Client | undefined> => one(db.query<Client>(FIND_BY_TOKEN, [tenant, id, digest(token)]));

/** @returns a client, banned or not */
export const findClient = (db: Queryable, tenant: string, id: string): Promise<Client | undefined> =>
  one(db.query<Client>(FIND, [tenant, id]));

/** The same, locked until the transaction ends. */
export const lockClient = (db: Queryable, tenant: string, id: string): Promise<Client | undefined> =>
  one(db.query<Client>(`${FIND} FOR UPDATE`, [tenant, id]));

/** @returns a client of a developer's account, banned or not */
export const findOwned = (
  db: Queryable,
  tenant: string,
  id: string,
  developer: string,
): Promise<Client | undefined> => one(db.query<Client>(OWNED, [tenant, id, developer]));

/** The same, locked until the transaction ends. */
export const lockOwned = (
  db: Queryable,
  tenant: string,
  id: string,
  developer: string,
): Promise<Client | undefined> => one(db.query<Client>(`${OWNED} FOR UPDATE`, [tenant, id, developer]));

export const listOwned = async (db: Queryable, tenant: string, developer: string): Promise<Client[]> =>
  (await db.query<Client>(LIST_OWNED, [tenant, developer])).rows;

export const listClients = async (db: Queryable, tenant: string): Promise<Client[]> =>
  (await db.query<Client>(LIST, [tenant])).rows;

/** @returns when it was registered */
export async function insertClient(db: Queryable, tenant: string, client: NewClient): Promise<Date> {
  const { id, metadata, registeredBy, secret, registrationToken, unusedDays, developer } = client;
  const digests = [secret, registrationToken].map((value) => (value === undefined ? null : digest(value)));
  const values = [tenant, id, JSON.stringify(metadata), registeredBy, ...digests, unusedDays ?? null];
  const origins = webOrigins(metadata.redirect_uris);
  const { rows } = await db.query<Pick<Client, 'registeredAt'>>(INSERT, [
    ...values,
    origins,
    developer ?? null,
  ]);
  return (rows[0] as Pick<Client, 'registeredAt'>).registeredAt;
}

export async function setMetadata(
  db: Queryable,
  tenant: string,
  id: string,
  metadata: ClientMetadata,
): Promise<void> {
  await db.query(SET_METADATA, [tenant, id, JSON.stringify(metadata), webOrigins(metadata.redirect_uris)]);
}

/** @param reason null lifts the ban */
export async function setBan(
  db: Queryable,
  tenant: string,
  id: string,
  reason: string | null,
): Promise<void> {
  await db.query(SET_BAN, [tenant, id, reason]);
}

/** @param overlapSeconds how long the present secret is still accepted; a secret from before it no longer is */
export async function replaceSecret(
  db: Queryable,
  tenant: string,
  id: string,
  secret: string,
  overlapSeconds: number,
): Promise<void> {
  await db.query(ROTATE, [tenant, id, digest(secret), overlapSeconds]);
}

/**
 * For a person at a page: who presses twice, or loads the page of the new secret again, must not end the secret that the app
 * still uses. Within ten minutes of the first press another secret takes the place of the new one. The secret from before
 * the first press stays accepted until the time that was said then, and not longer.
 *
 * @param overlapSeconds the same for each press
 */
export async function replaceSecretByHand(
  db: Queryable,
  tenant: string,
  id: string,
  secret: string,
  overlapSeconds: number,
): Promise<void> {
  const { rowCount } = await db.query(ROTATE_ONCE_MORE, [tenant, id, digest(secret), overlapSeconds]);
  if (rowCount === 0) await replaceSecret(db, tenant, id, secret, overlapSeconds);
}

export async function deleteClient(db: Queryable, tenant: string, id: string): Promise<void> {
  await db.query(DELETE, [tenant, id]);
}
