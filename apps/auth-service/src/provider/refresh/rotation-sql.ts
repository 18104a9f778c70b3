/**
 * The two SQL statements of a refresh: the first prefetches, and the second stores. Concurrent refreshes share both
 * (ADR 38).
 */
import { updateInBatch, type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import { type AccessEvent, recordOf } from '@patient-access/events';
import { recordFrom } from '@patient-access/outbox';
import { type Account, ACCOUNT_COLUMNS, type AccountRow, toAccount } from '../../domain/accounts/accounts.ts';
import {
  type GrantSubject,
  SUBJECT_COLUMNS,
  type SubjectRow,
  toSubject,
} from '../../domain/consent/grant-subject.ts';
import { grantRecordId, type NewOidcRecord, type OidcRecordRow } from '../../domain/grants/records.ts';

/** How long a client whose response was lost may ask again with the old token. */
const GRACE_SECONDS = 30;
/**
 * The model of the encrypted responses. Such a record ends with its grant, and is swept when it expires, like every
 * record.
 */
export const STORED_RESPONSE = 'RefreshResponse';

/** A refresh token with everything that its refresh is going to read. */
export interface PrefetchedRefresh {
  grantId: string;
  token: OidcRecordRow;
  /** the grant's record, unless it has ended */
  grant?: OidcRecordRow;
  subject?: GrantSubject;
  account?: Account;
}

interface PrefetchRow {
  grant_id: string;
  token: string;
  grant_payload: string | null;
  subject: SubjectRow | null;
  account: AccountRow | null;
}

const PREFETCH: BatchStatement = {
  name: 'refresh-prefetch',
  text: `SELECT k.n, t.grant_id, t.payload AS token, g.payload AS grant_payload, row_to_json(c) AS subject,
                row_to_json(a) AS account
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n),
                LATERAL (SELECT payload, grant_id FROM valid_record
                          WHERE tenant = k.tenant AND model = 'RefreshToken' AND id = k.id LIMIT 1) t
                LEFT JOIN LATERAL (SELECT payload FROM valid_record
                                    WHERE tenant = k.tenant AND model = 'Grant' AND id = ${grantRecordId('t.grant_id')}
                                    LIMIT 1) g ON true
                LEFT JOIN LATERAL (SELECT sub AS whose, ${SUBJECT_COLUMNS} FROM consent
                                    WHERE tenant = k.tenant AND grant_id = t.grant_id LIMIT 1) c ON true
                LEFT JOIN LATERAL (SELECT ${ACCOUNT_COLUMNS} FROM account a
                                    WHERE tenant = k.tenant AND sub = c.whose LIMIT 1) a ON true`,
};

/** The result does not say whether the token was used before, because {@link storeRotation} decides that. */
export async function prefetchRefresh(
  pool: Pool,
  tenant: string,
  tokenId: string,
): Promise<PrefetchedRefresh | undefined> {
  const row = await findInBatch<PrefetchRow>(pool, PREFETCH, [tenant, tokenId]);
  if (!row) return undefined;
  const { grant_id: grantId, token, grant_payload: grant, subject, account } = row;
  return {
    grantId,
    token: { payload: token, consumed_at: null },
    ...(grant !== null && { grant: { payload: grant, consumed_at: null } }),
    ...(subject && { subject: toSubject(subject) }),
    ...(account && !account.over && { account: toAccount(account) }),
  };
}

/** What a refresh with a valid token stores. */
export interface RotationRow {
  tenant: string;
  /** of the refresh token that is used up */
  usedId: string;
  grantId: string;
  refreshToken: NewOidcRecord;
  accessToken: NewOidcRecord;
  /** encrypted, for a repeated request with the same token */
  response: string;
  event: AccessEvent;
}

/**
 * Each refresh in the batch happens as a whole or not at all: the old refresh token is marked as used, and the new
 * tokens, the response and the event are stored; or the token had been used before. If one batch holds a token several
 * times, the first refresh wins. If several batches do, Postgres gives the row to one of them and the others find it
 * used (security rule D18). A token that moved to a narrower grant in the meantime (ADR 89) stays as it is. Every batch
 * locks its rows in the same order, so two batches cannot deadlock.
 */
const ROTATE: BatchStatement = {
  name: 'refresh-rotate',
  text: `WITH requested AS (
           SELECT DISTINCT ON (tenant, used_id) *
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::text[],
                         $8::text[], $9::float8[], $10::text[], $11::text[])
                  WITH ORDINALITY AS k (tenant, used_id, grant_id, refresh_id, refresh, refresh_seconds, access_id,
                                        access, access_seconds, response, event, n)
            ORDER BY tenant, used_id, n),
         used AS (
           UPDATE valid_record r SET consumed_at = now() FROM requested k
            WHERE r.tenant = k.tenant AND r.model = 'RefreshToken' AND r.id = k.used_id
              AND r.consumed_at IS NULL AND r.grant_id = k.grant_id
           RETURNING k.*),
         stored AS (
           INSERT INTO oidc_record (tenant, model, id, payload, grant_id, expires_at)
           SELECT tenant, new.model, new.id, new.payload, grant_id, now() + make_interval(secs => new.seconds)
             FROM used, LATERAL (VALUES ('RefreshToken', refresh_id, refresh, refresh_seconds),
                                        ('AccessToken', access_id, access, access_seconds),
                                        ('${STORED_RESPONSE}', used_id, response, ${GRACE_SECONDS}))
                          AS new (model, id, payload, seconds)),
         recorded AS (${recordFrom('SELECT event FROM used')})
         SELECT n FROM used`,
};

/** @returns true for the first use of the token under its grant; false: nothing was stored */
export async function storeRotation(pool: Pool, rotated: RotationRow): Promise<boolean> {
  const { tenant, usedId, grantId, refreshToken, accessToken, response, event } = rotated;
  const tokens = [refreshToken, accessToken].flatMap(({ id, payload, expiresIn }) => [
    id,
    payload,
    expiresIn ?? null,
  ]);
  const values = [tenant, usedId, grantId, ...tokens, response, recordOf(event)];
  return (await updateInBatch(pool, ROTATE, values)) !== undefined;
}
