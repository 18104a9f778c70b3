/**
 * The two SQL statements of a token request that uses up a code or a refresh token: the first prefetches, and the second
 * stores. Concurrent requests share both (ADR 38, ADR 120).
 */
import { updateInBatch, type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import { type AccessEvent, recordOf } from '@patient-access/events';
import { recordFrom } from '@patient-access/outbox/record';
import { type Account, accountBySub, type AccountRow, toAccount } from '../../domain/accounts/accounts.ts';
import {
  type GrantSubject,
  SUBJECT_COLUMNS,
  type SubjectRow,
  toSubject,
} from '../../domain/consent/grant-subject.ts';
import { admittedClient, type Client, type ClientInJson, toClient } from '../../domain/clients/clients.ts';
import { grantRecordId, type NewOidcRecord, type OidcRecordRow } from '../../domain/grants/records.ts';
import { mayHaveFault } from '../../domain/sandbox/sandbox-faults.ts';

/** What a token request may use up. */
type Redeemable = 'AuthorizationCode' | 'RefreshToken';

/** Names the record of a code or refresh token. */
export type SourceKey = [tenant: string, model: Redeemable, id: string];

/** How long a client whose response was lost may ask again with the old token. */
const GRACE_SECONDS = 30;
/**
 * The model of the encrypted responses. Such a record ends with its grant, and is swept when it expires, like every
 * record.
 */
export const STORED_RESPONSE = 'RefreshResponse';

/** A code or refresh token with everything that its request is going to read. */
export interface Prefetched {
  grantId: string;
  /** whether the sandbox has to be asked: see `SandboxFaults.take` */
  mayHaveFault: boolean;
  source: OidcRecordRow;
  /** the grant's record, unless it has ended */
  grant?: OidcRecordRow;
  subject?: GrantSubject;
  account?: Account;
}

interface PrefetchRow {
  client: ClientInJson | null;
  grant_id: string | null;
  may_have_fault: boolean;
  source: string | null;
  consumed_at: Date | null;
  grant_payload: string | null;
  subject: SubjectRow | null;
  account: AccountRow | null;
}

const PREFETCH: BatchStatement = {
  name: 'redeem-prefetch',
  text: `SELECT k.n, t.grant_id, t.payload AS source, t.consumed_at, g.payload AS grant_payload,
                ${mayHaveFault('t.grant_id')} AS may_have_fault, row_to_json(c) AS subject, row_to_json(a) AS account, row_to_json(asks) AS client
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
                  WITH ORDINALITY AS k (tenant, model, id, client, n)
                LEFT JOIN LATERAL (SELECT payload, grant_id, consumed_at FROM valid_record
                                    WHERE tenant = k.tenant AND model = k.model AND id = k.id LIMIT 1) t ON true
                LEFT JOIN LATERAL (SELECT payload FROM valid_record
                                    WHERE tenant = k.tenant AND model = 'Grant' AND id = ${grantRecordId('t.grant_id')}
                                    LIMIT 1) g ON true
                LEFT JOIN LATERAL (SELECT sub AS whose, ${SUBJECT_COLUMNS} FROM consent
                                    WHERE tenant = k.tenant AND grant_id = t.grant_id LIMIT 1) c ON true
                LEFT JOIN LATERAL (${accountBySub('c.whose')}) a ON true
                LEFT JOIN LATERAL (${admittedClient('k.client')}) asks ON true`,
};

function prefetchedOf(row: PrefetchRow): Prefetched | undefined {
  const { grant_id: grantId, source, consumed_at, grant_payload: grant, subject, account } = row;
  if (source === null) return undefined;
  return {
    grantId: grantId ?? '',
    mayHaveFault: row.may_have_fault,
    source: { payload: source, consumed_at },
    ...(grant !== null && { grant: { payload: grant, consumed_at: null } }),
    ...(subject && { subject: toSubject(subject) }),
    ...(account && !account.over && { account: toAccount(account) }),
  };
}

/**
 * @param clientId of the client that asks; undefined: it is known already
 * @returns what is used up, unless there is no such code or token or it has expired (one that was used is found); and the
 *   client, unless there is none or it is banned
 */
export async function prefetch(
  pool: Pool,
  key: SourceKey,
  clientId = '',
): Promise<{ prefetched?: Prefetched | undefined; client?: Client }> {
  const row = await findInBatch<PrefetchRow>(pool, PREFETCH, [...key, clientId]);
  if (!row) return {};
  return { prefetched: prefetchedOf(row), ...(row.client && { client: toClient(row.client) }) };
}

/** What a token request with a valid code or refresh token stores. */
export interface Redemption {
  tenant: string;
  model: Redeemable;
  /** of the code or refresh token that is used up */
  usedId: string;
  grantId: string;
  accessToken: NewOidcRecord;
  refreshToken?: NewOidcRecord;
  /** encrypted, for a repeated request with the same refresh token */
  response?: string;
  event: AccessEvent;
}

/**
 * Each request in the batch happens as a whole or not at all: the code or refresh token is marked as used, and the new
 * tokens, the response and the event are stored; or it had been used before. If one batch holds it several times, the first
 * request wins. If several batches do, Postgres gives the row to one of them and the others find it used (security rule D18).
 * What moved to a narrower grant in the meantime (ADR 89) stays as it is. No index serves IS NOT DISTINCT FROM: by that of the
 * grants Postgres would read all that was ever issued under one. Every batch locks its rows in the same order, so
 * two batches cannot deadlock.
 */
const REDEEM: BatchStatement = {
  name: 'redeem',
  text: `WITH requested AS (
           SELECT DISTINCT ON (tenant, model, used_id) *
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::text[],
                         $9::text[], $10::float8[], $11::text[], $12::text[])
                  WITH ORDINALITY AS k (tenant, model, used_id, grant_id, access_id, access, access_seconds, refresh_id,
                                        refresh, refresh_seconds, response, event, n)
            ORDER BY tenant, model, used_id, n),
         used AS (
           UPDATE valid_record r SET consumed_at = now() FROM requested k
            WHERE r.tenant = k.tenant AND r.model = k.model AND r.id = k.used_id
              AND r.consumed_at IS NULL AND r.grant_id IS NOT DISTINCT FROM k.grant_id
           RETURNING k.*),
         stored AS (
           INSERT INTO oidc_record (tenant, model, id, payload, grant_id, expires_at)
           SELECT tenant, new.model, new.id, new.payload, grant_id, now() + make_interval(secs => new.seconds)
             FROM used, LATERAL (VALUES ('RefreshToken', refresh_id, refresh, refresh_seconds),
                                        ('AccessToken', access_id, access, access_seconds),
                                        ('${STORED_RESPONSE}', used_id, response, ${GRACE_SECONDS}))
                          AS new (model, id, payload, seconds)
            WHERE new.payload IS NOT NULL),
         recorded AS (${recordFrom('SELECT event FROM used')})
         SELECT n FROM used`,
};

const tokenColumns = (token?: NewOidcRecord) => [
  token?.id ?? null,
  token?.payload ?? null,
  token?.expiresIn ?? null,
];

/** @returns true for the first use under the grant; false: nothing was stored */
export async function storeRedemption(pool: Pool, redemption: Redemption): Promise<boolean> {
  const { tenant, model, usedId, grantId, accessToken, refreshToken, response, event } = redemption;
  const tokens = [...tokenColumns(accessToken), ...tokenColumns(refreshToken)];
  const values = [tenant, model, usedId, grantId, ...tokens, response ?? null, recordOf(event)];
  return (await updateInBatch(pool, REDEEM, values)) !== undefined;
}
