/**
 * The statements behind the adapter of oidc-provider. Each is prepared once per connection and carries the tenant. What is
 * good is read from the view `valid_record`: it leaves out what has expired, what belongs to a suspended plan (security case
 * T10), and what was issued before the plan's `not_before` (O72).
 */
import { type BatchStatement, findInBatch, type Pool, storeInBatch } from '@patient-access/database';
import type { EndReason } from '@patient-access/events';
import type { PoolClient } from 'pg';

/** LISTEN/NOTIFY channel of revocations, to which every replica listens. */
export const REVOCATION_CHANNEL = 'revocation';
/** Publishes a revocation (JSON, see the stream of revocations) at the commit of the transaction. */
export const NOTIFY_REVOCATION = `SELECT pg_notify('${REVOCATION_CHANNEL}', $1)::text`;

export interface OidcRecordRow {
  payload: string;
  consumed_at: Date | null;
  /** of a used pushed request: the id of the interaction for whose answer it was used (`useFor`) */
  uid?: string | null;
}

export interface NewOidcRecord {
  tenant: string;
  model: string;
  id: string;
  payload: string;
  grantId: string | null;
  uid: string | null;
  /** the login, for records without a grant: sessions and login pages */
  sub: string | null;
  /** seconds from now; undefined: never */
  expiresIn: number | undefined;
  /** of a session that was there already: the id under which it was read; undefined: it begins now */
  replaces?: string | undefined;
  /** of a session in which somebody has just logged in: `Account.loginsEnded` when the login began */
  loginsEnded?: number;
}

/**
 * A record may have U+0000 or half a character (a lone surrogate), from a parameter of a request or from an identity provider.
 * Postgres reads no JSON with an escape of either.
 *
 * @returns SQL of a payload as JSON, with U+FFFD in the place of both
 */
export const readableJson = (payload: string): string =>
  String.raw`(CASE WHEN ${payload} LIKE '%\\u%'
    THEN regexp_replace(${payload}, '\\u(?:0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'g') ELSE ${payload} END)::json`;

/** The id of a grant's own record: like every record, it has the digest of its value (adapters/record-adapter.ts). */
export const grantRecordId = (grantId: string): string =>
  `translate(encode(sha256(${grantId}::bytea), 'base64'), '+/=', '-_')`;

const findBy = (column: 'id' | 'uid'): BatchStatement => ({
  name: `record-find-by-${column}`,
  text: `SELECT k.n, r.payload, r.consumed_at, r.uid
           FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k (tenant, model, value, n),
                LATERAL (SELECT payload, consumed_at, uid FROM valid_record
                          WHERE tenant = k.tenant AND model = k.model AND ${column} = k.value LIMIT 1) r`,
});
const FIND = { id: findBy('id'), uid: findBy('uid') };
/**
 * Stores records, and deletes those that come without a payload. If one record comes twice at the same time, the later word
 * counts. The order prevents deadlocks.
 *
 * A session that has ended meanwhile is not stored again: one that was there has to be there still, and a login has to have
 * begun after the last end of the account's logins. Both are read under locks, for which whoever ends sessions waits, or is
 * waited for (accounts/sessions.ts). A session stays as old as it was, so it ends with what ends all that is old.
 */
const STORE: BatchStatement = {
  name: 'record-store',
  text: `WITH k AS MATERIALIZED (
           SELECT DISTINCT ON (tenant, model, id) *
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::text[],
                         $9::text[], $10::int[])
                  WITH ORDINALITY AS k (tenant, model, id, payload, grant_id, uid, seconds, sub, replaces, logins_ended, n)
            ORDER BY tenant, model, id, n DESC),
         login AS MATERIALIZED (
           SELECT s.tenant, s.sub, a.logins_ended
             FROM (SELECT DISTINCT tenant, sub FROM k WHERE model = 'Session' AND sub IS NOT NULL ORDER BY tenant, sub) s,
                  LATERAL (SELECT logins_ended FROM account
                            WHERE tenant = s.tenant AND sub = s.sub::uuid FOR SHARE) a),
         here AS MATERIALIZED (
           SELECT s.tenant, s.uid, r.issued_at
             FROM (SELECT DISTINCT tenant, uid FROM k
                    WHERE replaces IS NOT NULL
                      AND (sub IS NULL OR (tenant, sub) IN (SELECT tenant, sub FROM login))
                    ORDER BY tenant, uid) s,
                  LATERAL (SELECT issued_at FROM oidc_record
                            WHERE tenant = s.tenant AND model = 'Session' AND uid = s.uid ORDER BY id FOR UPDATE) r),
         gone AS (
           DELETE FROM oidc_record r USING k
            WHERE r.tenant = k.tenant AND r.model = k.model
              AND r.id = CASE WHEN k.payload IS NULL THEN k.id WHEN k.replaces <> k.id THEN k.replaces END)
         INSERT INTO oidc_record (tenant, model, id, payload, grant_id, uid, expires_at, sub, issued_at)
         SELECT tenant, model, id, payload, grant_id, uid,
                coalesce(now() + make_interval(secs => seconds), 'infinity'), sub,
                coalesce((SELECT min(issued_at) FROM here h WHERE h.tenant = k.tenant AND h.uid = k.uid), now())
           FROM k
          WHERE payload IS NOT NULL
            AND (replaces IS NULL OR EXISTS (SELECT FROM here h WHERE h.tenant = k.tenant AND h.uid = k.uid))
            AND (model <> 'Session' OR sub IS NULL
                 OR EXISTS (SELECT FROM login l WHERE l.tenant = k.tenant AND l.sub = k.sub
                               AND l.logins_ended = coalesce(k.logins_ended, l.logins_ended)))
          ORDER BY tenant, model, id
         ON CONFLICT (tenant, model, id) DO UPDATE
         SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
             expires_at = excluded.expires_at, sub = excluded.sub`,
};
/** Of all concurrent callers exactly one gets a row (security rule D18). */
const CONSUME = {
  name: 'record-consume',
  text: `UPDATE valid_record SET consumed_at = now()
          WHERE tenant = $1 AND model = $2 AND id = $3 AND consumed_at IS NULL RETURNING 1`,
};
const GIVE_BACK = {
  name: 'record-give-back',
  text: `UPDATE valid_record SET consumed_at = NULL WHERE tenant = $1 AND model = $2 AND id = $3`,
};
const GRANT_OF: BatchStatement = {
  name: 'record-grant-of',
  text: `SELECT k.n, r.grant_id, r.consumed_at
           FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k (tenant, model, id, n),
                LATERAL (SELECT grant_id, consumed_at FROM oidc_record
                          WHERE tenant = k.tenant AND model = k.model AND id = k.id LIMIT 1) r`,
};
const DESTROY_TOKEN = {
  name: 'record-destroy-token',
  text: `WITH gone AS (DELETE FROM oidc_record WHERE tenant = $1 AND model = $2 AND id = $3 RETURNING 1)
         SELECT pg_notify('${REVOCATION_CHANNEL}', $4) FROM gone`,
};
/** Ends the grant, everything that was issued under it, and the consent, in one statement (rule D20). */
const END_GRANT = {
  name: 'grant-end',
  text: `WITH gone AS (DELETE FROM oidc_record WHERE tenant = $1 AND grant_id = $2),
              ended AS (UPDATE consent SET revoked_at = now(), end_reason = $4
                         WHERE tenant = $1 AND grant_id = $2 AND revoked_at IS NULL)
         SELECT pg_notify('${REVOCATION_CHANNEL}', $3)`,
};
/** A late request finds the record used, or gone, and changes nothing. */
const CHANGE = {
  name: 'record-change',
  text: `UPDATE valid_record SET payload = $4, sub = $5
          WHERE tenant = $1 AND model = $2 AND id = $3 AND (consumed_at IS NOT NULL) = $6 RETURNING 1`,
};
/** The payload is compared as text, because Postgres may not be able to read it as JSON: see {@link readableJson}. */
const TAKE_TEXT = {
  name: 'record-take-text',
  text: `UPDATE valid_record SET payload = replace(payload, $4, '')
          WHERE tenant = $1 AND model = $2 AND id = $3 AND strpos(payload, $4) > 0 RETURNING 1`,
};
const REMEMBER = {
  name: 'replay-remember',
  text: `INSERT INTO replay (tenant, id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
         ON CONFLICT DO NOTHING RETURNING 1`,
};

const valuesOf = (record: NewOidcRecord) => [
  record.tenant,
  record.model,
  record.id,
  record.payload,
  record.grantId,
  record.uid,
  record.expiresIn ?? null,
  record.sub,
  record.replaces ?? null,
  record.loginsEnded ?? null,
];

/** Stores a record, together with others that come at the same time. */
export const saveRecord = (pool: Pool, record: NewOidcRecord): Promise<void> =>
  storeInBatch(pool, STORE, valuesOf(record));

/** Stores a record in a transaction of its caller. */
export async function saveRecordIn(client: PoolClient, record: NewOidcRecord): Promise<void> {
  await client.query({ ...STORE, values: valuesOf(record).map((value) => [value]) });
}

export function findRecord(
  pool: Pool,
  by: 'id' | 'uid',
  key: [tenant: string, model: string, value: string],
): Promise<OidcRecordRow | undefined> {
  return findInBatch<OidcRecordRow>(pool, FIND[by], key);
}

/** @returns whether this call is the first to use the record; false for expired and missing ones */
export async function consumeRecord(db: Pool | PoolClient, key: [string, string, string]): Promise<boolean> {
  return (await db.query({ ...CONSUME, values: key })).rowCount === 1;
}

/** Whoever has used a record has done nothing with it: it can be used again. */
export async function giveBackRecord(pool: Pool, key: [string, string, string]): Promise<void> {
  await pool.query({ ...GIVE_BACK, values: key });
}

/**
 * Changes a record that is there.
 *
 * @param isUsed has this caller marked the record as used? If not, nobody may have
 * @returns false when the record is gone, or somebody else has used it meanwhile
 */
export async function changeRecord(
  pool: Pool,
  { tenant, model, id, payload, sub }: NewOidcRecord,
  isUsed: boolean,
): Promise<boolean> {
  const values = [tenant, model, id, payload, sub, isUsed];
  return (await pool.query({ ...CHANGE, values })).rowCount === 1;
}

/**
 * Takes a random text out of a record, where it was kept to be used once.
 *
 * @param text which JSON writes as it is
 * @returns whether it was still there; of all concurrent callers exactly one finds it
 */
export async function takeText(pool: Pool, key: [string, string, string], text: string): Promise<boolean> {
  return (await pool.query({ ...TAKE_TEXT, values: [...key, text] })).rowCount === 1;
}

interface GrantOfRow {
  grant_id: string | null;
  consumed_at: Date | null;
}

/** @returns the grant of a record, which may have expired; undefined: there is no record */
export async function grantOf(
  pool: Pool,
  key: [string, string, string],
): Promise<{ grantId: string | undefined; isUsed: boolean } | undefined> {
  const row = await findInBatch<GrantOfRow>(pool, GRANT_OF, key);
  return row && { grantId: row.grant_id ?? undefined, isUsed: row.consumed_at !== null };
}

export const destroyRecord = (pool: Pool, key: [string, string, string]): Promise<void> =>
  storeInBatch(pool, STORE, [...key, null, null, null, null, null, null, null]);

/**
 * @param jti of the access token, which goes to everybody who caches it
 * @returns whether it was there
 */
export async function destroyToken(
  db: Pool | PoolClient,
  key: [string, string, string],
  jti: string,
): Promise<boolean> {
  const values = [...key, JSON.stringify({ tenant: key[0], jti })];
  return (await db.query({ ...DESTROY_TOKEN, values })).rowCount === 1;
}

/**
 * Revokes a grant. When this resolves, its code, access tokens and refresh tokens are gone, and the replicas have a
 * notice.
 */
export async function endGrant(
  pool: Pool,
  tenant: string,
  grantId: string,
  reason: EndReason,
): Promise<void> {
  await pool.query({ ...END_GRANT, values: [tenant, grantId, JSON.stringify({ tenant, grantId }), reason] });
}

/**
 * Inserts an id, so that of two concurrent calls only one is first.
 *
 * @returns false when the id is there already
 */
export async function rememberOnce(
  db: Pool | PoolClient,
  tenant: string,
  id: string,
  expiresIn: number,
): Promise<boolean> {
  return (await db.query({ ...REMEMBER, values: [tenant, id, expiresIn] })).rowCount === 1;
}
