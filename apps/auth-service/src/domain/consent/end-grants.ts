/** Ends grants. One transaction ends the tokens and the consent, notifies the gateways and records the event. */
import { randomUUID } from 'node:crypto';
import type { EndReason } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import { endLinks } from '../card/end-links.ts';
import { logOutEverywhere } from '../accounts/sessions.ts';
import { type EventContext, newAccessEvent } from '../audit/access-event.ts';
import { NOTIFY_REVOCATION } from '../grants/records.ts';
import type { RunSql } from '../database.ts';
import { waitForReplacements } from './grant-changes.ts';

/**
 * Which grants to end: some by their ids, all of a login, all of an app, those of a login for one person's data, or
 * those of one app for one person's data.
 */
export type Whose =
  | { grant: string }
  | { grants: readonly string[] }
  | { account: string }
  | { client: string }
  | { account: string; member: string }
  | { account: string; likeGrant: string };

const isWholeLogin = (whose: Whose): whose is { account: string } =>
  'account' in whose && Object.keys(whose).length === 1;

/** Links to insurance cards end with all that a login has, or has for one person. */
const endsLinks = (whose: Whose): whose is { account: string } | { account: string; member: string } =>
  isWholeLogin(whose) || 'member' in whose;

interface EndedGrant {
  grant_id: string;
  member: string | null;
  client_id: string;
  client_name: string;
  scope: string;
  sensitive_labels: string[];
}

/** Events in one insert: far below the 65,535 parameters that a statement may have. */
const EVENTS_PER_INSERT = 500;

const BY = {
  member: 'member',
  app: 'app',
  plan: 'plan',
  password: 'plan',
  reuse: 'plan',
  relation: 'plan',
  'of-age': 'plan',
  coverage: 'plan',
  death: 'plan',
  'not-before': 'plan',
  restore: 'plan',
  narrowed: 'member',
  corrected: 'plan',
} as const;

/** Condition on `consent`; its parameters begin with `$3`. */
function condition(whose: Whose): { text: string; values: unknown[] } {
  if ('grant' in whose) return { text: 'grant_id = $3', values: [whose.grant] };
  if ('grants' in whose) return { text: 'grant_id = ANY($3::text[])', values: [whose.grants] };
  if ('client' in whose) return { text: 'client_id = $3', values: [whose.client] };
  if ('member' in whose)
    return { text: 'sub = $3::uuid AND member = $4', values: [whose.account, whose.member] };
  if (!('likeGrant' in whose)) return { text: 'sub = $3::uuid', values: [whose.account] };
  const same = `(client_id, coalesce(member, '')) = (
      SELECT client_id, coalesce(member, '') FROM consent WHERE tenant = $1 AND sub = $3::uuid AND grant_id = $4)`;
  return { text: `sub = $3::uuid AND ${same}`, values: [whose.account, whose.likeGrant] };
}

function endStatement(whose: Whose): { text: string; values: unknown[] } {
  const { text, values } = condition(whose);
  return {
    text: `WITH ended AS (UPDATE consent SET revoked_at = now(), end_reason = $2
                           WHERE tenant = $1 AND revoked_at IS NULL AND until > now() AND ${text}
                          RETURNING grant_id, person_of_grant(member, fhir_user) AS member, client_id, client_name, scope, sensitive_labels),
                gone AS (DELETE FROM oidc_record
                          WHERE tenant = $1 AND grant_id IN (SELECT grant_id FROM ended))
           SELECT * FROM ended`,
    values,
  };
}

/** A backend service has no consent; its registration is its grant (provider/introspection/policy.ts). */
const END_BACKEND = `DELETE FROM oidc_record WHERE tenant = $1 AND grant_id = $2`;

/** The notices to gateways: one notice when all grants of a login or app end, otherwise one for each grant. */
function notices(tenant: string, whose: Whose, ended: readonly EndedGrant[]): object[] {
  if ('client' in whose) return [{ tenant, clientId: whose.client }];
  if (isWholeLogin(whose)) return [{ tenant, sub: whose.account }];
  return ended.map(({ grant_id: grantId }) => ({ tenant, grantId }));
}

/** The first event has the id of the request that ended the grants. */
function eventsOf(ended: readonly EndedGrant[], reason: EndReason, context: EventContext) {
  return ended.map((grant, index) =>
    newAccessEvent(index === 0 ? context : { ...context, requestId: randomUUID() }, {
      kind: 'consent',
      action: 'revoke',
      outcome: '0',
      reason,
      by: BY[reason],
      grantId: grant.grant_id,
      scope: grant.scope,
      released: grant.sensitive_labels,
      client: { id: grant.client_id, name: grant.client_name },
      ...(grant.member !== null && { member: grant.member }),
    }),
  );
}

/**
 * Ends live grants. For a whole login it also ends the sessions and open pages. After the commit none of their codes,
 * access tokens and refresh tokens is valid, every gateway has the notice, and the events are durable.
 *
 * @returns how many grants ended
 */
export async function endGrantsOf(
  query: RunSql,
  whose: Whose,
  reason: EndReason,
  context: EventContext,
): Promise<number> {
  const tenant = context.tenant.id;
  await waitForReplacements(query, tenant);
  // First, as whoever stores a session takes the account before its records.
  if (isWholeLogin(whose)) await logOutEverywhere(query, tenant, whose.account);
  const { text, values } = endStatement(whose);
  const ended = await query<EndedGrant>(text, [tenant, reason, ...values]);
  if ('client' in whose) await query(END_BACKEND, [tenant, whose.client]);
  if (endsLinks(whose)) await endLinks(query, whose, reason, context);
  const events = eventsOf(ended, reason, context);
  for (let at = 0; at < events.length; at += EVENTS_PER_INSERT) {
    const insert = recordStatement(events.slice(at, at + EVENTS_PER_INSERT));
    await query(insert.text, insert.values);
  }
  for (const notice of notices(tenant, whose, ended))
    await query(NOTIFY_REVOCATION, [JSON.stringify(notice)]);
  return ended.length;
}
