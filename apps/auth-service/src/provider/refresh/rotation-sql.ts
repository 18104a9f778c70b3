/** The two statements of a refresh: what it is going to ask for, and what it does. Each is shared by those under way. */
import { decideTogether, type Gathered, lookUp, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { outboxRow, recordFrom } from '@patient-access/outbox';
import { type Account, ACCOUNT_COLUMNS, type AccountRow, toAccount } from '../../domain/accounts/accounts.ts';
import {
  type GrantSubject,
  SUBJECT_COLUMNS,
  type SubjectRow,
  toSubject,
} from '../../domain/consent/grant-subject.ts';
import {
  grantRecordId,
  type NewOidcRecord,
  NOT_SUSPENDED,
  type OidcRecordRow,
} from '../../domain/grants/records.ts';

/** How long a client whose response was lost may ask again with the token that it had. */
const GRACE_SECONDS = 30;
/** Model of the sealed answers: a record like any other, it ends with its grant and is swept when it expires. */
export const ANSWER = 'RefreshAnswer';

/** A refresh token with all that stands behind it. */
export interface Foreseen {
  grantId: string;
  token: OidcRecordRow;
  /** the grant's record, unless it has ended */
  grant?: OidcRecordRow;
  subject?: GrantSubject;
  account?: Account;
}

interface ForeseenRow {
  grant_id: string;
  token: string;
  grant_payload: string | null;
  subject: SubjectRow | null;
  account: AccountRow | null;
}

const FORESEE: Gathered = {
  name: 'refresh-foresee',
  text: `SELECT k.n, t.grant_id, t.payload AS token, g.payload AS grant_payload, row_to_json(c) AS subject,
                row_to_json(a) AS account
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n),
                LATERAL (SELECT payload, grant_id FROM oidc_record
                          WHERE tenant = k.tenant AND model = 'RefreshToken' AND id = k.id AND expires_at > now()
                          LIMIT 1) t
                LEFT JOIN LATERAL (SELECT payload FROM oidc_record
                                    WHERE tenant = k.tenant AND model = 'Grant' AND id = ${grantRecordId('t.grant_id')}
                                      AND expires_at > now() LIMIT 1) g ON true
                LEFT JOIN LATERAL (SELECT sub AS whose, ${SUBJECT_COLUMNS} FROM consent
                                    WHERE tenant = k.tenant AND grant_id = t.grant_id LIMIT 1) c ON true
                LEFT JOIN LATERAL (SELECT ${ACCOUNT_COLUMNS} FROM account a
                                    WHERE tenant = k.tenant AND sub = c.whose LIMIT 1) a ON true
          WHERE ${NOT_SUSPENDED}`,
};

/** Whether the token was used before is not said: that is for {@link rotateTogether} to decide. */
export async function foresee(pool: Pool, tenant: string, tokenId: string): Promise<Foreseen | undefined> {
  const row = await lookUp<ForeseenRow>(pool, FORESEE, [tenant, tokenId]);
  if (!row) return undefined;
  const { grant_id: grantId, token, grant_payload: grant, subject, account } = row;
  return {
    grantId,
    token: { payload: token, consumed_at: null },
    ...(grant !== null && { grant: { payload: grant, consumed_at: null } }),
    ...(subject && { subject: toSubject(subject) }),
    ...(account && { account: toAccount(account) }),
  };
}

/** What a refresh does when its token is good. */
export interface Rotated {
  tenant: string;
  /** of the refresh token that is used up */
  usedId: string;
  grantId: string;
  refreshToken: NewOidcRecord;
  accessToken: NewOidcRecord;
  /** sealed, for whoever asks with the same token again */
  answer: string;
  event: AccessEvent;
}

/**
 * For each of those who come together, all or nothing: the old refresh token is used up, and the new tokens, the answer
 * and the event are there, or this was not its first use. Of several with one token in one statement the first is taken;
 * of several statements, on any replicas, Postgres lets the one that has the row first do it, and the others find it
 * used (security rule D18). They take their rows in order, so that no two wait for one another.
 */
const ROTATE: Gathered = {
  name: 'refresh-rotate',
  text: `WITH asked AS (
           SELECT DISTINCT ON (tenant, used_id) *
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::text[],
                         $8::text[], $9::float8[], $10::text[], $11::uuid[], $12::text[], $13::text[], $14::text[],
                         $15::text[])
                  WITH ORDINALITY AS k (tenant, used_id, grant_id, refresh_id, refresh, refresh_seconds, access_id,
                                        access, access_seconds, answer, request_id, service, event_tenant, member,
                                        event, n)
            ORDER BY tenant, used_id, n),
         used AS (
           UPDATE oidc_record r SET consumed_at = now() FROM asked k
            WHERE r.tenant = k.tenant AND r.model = 'RefreshToken' AND r.id = k.used_id
              AND r.consumed_at IS NULL AND r.expires_at > now()
           RETURNING k.*),
         stored AS (
           INSERT INTO oidc_record (tenant, model, id, payload, grant_id, expires_at)
           SELECT tenant, new.model, new.id, new.payload, grant_id, now() + make_interval(secs => new.seconds)
             FROM used, LATERAL (VALUES ('RefreshToken', refresh_id, refresh, refresh_seconds),
                                        ('AccessToken', access_id, access, access_seconds),
                                        ('${ANSWER}', used_id, answer, ${GRACE_SECONDS}))
                          AS new (model, id, payload, seconds)),
         recorded AS (${recordFrom('SELECT request_id, service, event_tenant, member, event FROM used')})
         SELECT n FROM used`,
};

/** @returns whether this was the first use of the token; if not, nothing has happened */
export async function rotateTogether(pool: Pool, rotated: Rotated): Promise<boolean> {
  const { tenant, usedId, grantId, refreshToken, accessToken, answer, event } = rotated;
  const tokens = [refreshToken, accessToken].flatMap(({ id, payload, expiresIn }) => [
    id,
    payload,
    expiresIn ?? null,
  ]);
  const values = [tenant, usedId, grantId, ...tokens, answer, ...outboxRow(event)];
  return (await decideTogether(pool, ROTATE, values)) !== undefined;
}
