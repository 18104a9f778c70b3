/** The statements that replace a consent by a narrower one (ADR 89). */
import { grantRecordId } from '../grants/records.ts';

/** A live consent with the record of its grant. */
export interface LiveConsent {
  grant_id: string;
  member: string | null;
  client_id: string;
  client_name: string;
  scope: string;
  declined: string[];
  sensitive: string[];
  sensitive_labels: string[];
  snapshot: string;
  until: Date;
  /** payload of the grant's record */
  grant: string;
}

/** A withdrawal of the relation at the same time comes before this, or ends what is stored here (like a new consent). */
export const HOLD_RELATION = `
  SELECT 1 FROM account_member m
    JOIN consent c ON (c.tenant, c.sub, person_of_grant(c.member, c.fhir_user)) = (m.tenant, m.sub, m.patient)
   WHERE c.tenant = $1 AND c.sub = $2::uuid AND c.grant_id = $3 FOR SHARE OF m`;

/** The live consents of one app for one person's data. Consents that are over keep what they have. */
export const LIVE = `
  SELECT c.grant_id, c.member, c.client_id, c.client_name, c.scope, c.declined, c.sensitive, c.sensitive_labels,
         c.snapshot, c.until, g.payload AS grant
    FROM consent c
    JOIN valid_record g ON g.tenant = c.tenant AND g.model = 'Grant' AND g.id = ${grantRecordId('c.grant_id')}
   WHERE c.tenant = $1 AND c.sub = $2::uuid AND c.revoked_at IS NULL AND c.until > now()
     AND (c.over_at IS NULL OR c.over_at > now())
     AND (c.client_id, coalesce(c.member, '')) = (
           SELECT client_id, coalesce(member, '') FROM consent WHERE tenant = $1 AND sub = $2::uuid AND grant_id = $3)
   ORDER BY c.grant_id FOR UPDATE OF c`;

/**
 * Waits for refreshes at the same time: what one of them has stored moves as well. One that comes later waits, and uses nothing
 * (redemption-sql.ts).
 */
export const WAIT_FOR_REFRESHES = `
  SELECT 1 FROM oidc_record
   WHERE tenant = $1 AND grant_id = $2 AND model = 'RefreshToken' AND consumed_at IS NULL ORDER BY id FOR UPDATE`;
/** Refresh tokens that can still be used. */
export const USABLE_TOKENS = `
  SELECT id, payload FROM oidc_record
   WHERE tenant = $1 AND grant_id = $2 AND model = 'RefreshToken' AND consumed_at IS NULL`;
export const NARROW_TOKEN = `
  UPDATE oidc_record SET payload = $3 WHERE tenant = $1 AND model = 'RefreshToken' AND id = $2`;

/**
 * Stores the new consent with its grant and moves the refresh tokens to it, also those that were used: a second use of one
 * of them ends the new grant. The page is the same with fewer boxes checked, so the snapshot stays.
 */
export const REPLACE = `
  WITH granted AS (
         INSERT INTO oidc_record (tenant, model, id, payload, grant_id, expires_at)
         SELECT tenant, 'Grant', ${grantRecordId('$3::text')}, $4, $3, expires_at FROM oidc_record
          WHERE tenant = $1 AND model = 'Grant' AND id = ${grantRecordId('$2::text')}),
       moved AS (
         UPDATE oidc_record SET grant_id = $3, payload = replace(payload, $7, $8)
          WHERE tenant = $1 AND grant_id = $2 AND model = 'RefreshToken'),
       used AS (
         INSERT INTO grant_use (tenant, grant_id, used_at)
         SELECT tenant, $3, used_at FROM grant_use WHERE tenant = $1 AND grant_id = $2)
  INSERT INTO consent (tenant, grant_id, sub, member, fhir_user, client_id, client_name, requested_scope, snapshot,
                       text_version, scope, declined, sensitive, sensitive_labels, until, launch_context, given_by,
                       asked_scope, over_at, over_by)
  SELECT tenant, $3, sub, member, fhir_user, client_id, client_name, requested_scope, snapshot, text_version, $5,
         $6::text[], sensitive, sensitive_labels, until, launch_context, given_by, asked_scope, over_at, over_by
    FROM consent WHERE tenant = $1 AND grant_id = $2`;
