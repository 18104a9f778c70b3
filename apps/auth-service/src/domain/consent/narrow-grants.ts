/**
 * Takes kinds of data back from an app. A grant never changes, so a narrower one takes its place: with a consent, a receipt
 * and a FHIR Consent of its own, and with the refresh tokens of the one before, which ends with its access tokens (ADR 89).
 */
import { randomUUID } from 'node:crypto';
import { recordStatement } from '@patient-access/outbox/record';
import { type EventContext, newAccessEvent } from '../audit/access-event.ts';
import type { RunSql } from '../database.ts';
import { sha256 } from './consent-snapshot.ts';
import { endGrantsOf } from './end-grants.ts';
import { waitForEnds } from './grant-changes.ts';
import { newGrantId } from './grant-id.ts';
import {
  HOLD_RELATION,
  LIVE,
  type LiveConsent,
  NARROW_TOKEN,
  REPLACE,
  USABLE_TOKENS,
  WAIT_FOR_REFRESHES,
} from './narrow-sql.ts';
import { narrowScope, requestedAccess } from './requested-access.ts';

/** A live consent and what is left of it. */
interface Narrowing {
  consent: LiveConsent;
  taken: ReadonlySet<string>;
  kept: ReadonlySet<string>;
}

function narrowingOf(consent: LiveConsent, kinds: ReadonlySet<string>): Narrowing {
  const granted = requestedAccess(consent.scope).kinds.map(({ id }) => id);
  const taken = new Set<string>(granted.filter((id) => kinds.has(id)));
  return { consent, taken, kept: new Set<string>(granted.filter((id) => !taken.has(id))) };
}

/** Scopes of a grant's record, as oidc-provider stores it. */
interface StoredGrant {
  openid?: { scope?: string };
  resources?: Record<string, string>;
}

/** @returns the record of the grant with other scopes in the place of all that it has */
function grantWith(payload: string, scope: string): string {
  const grant = JSON.parse(payload) as StoredGrant;
  const resources = Object.keys(grant.resources ?? {}).map((resource) => [resource, scope]);
  return JSON.stringify({
    ...grant,
    openid: { ...grant.openid, scope },
    resources: Object.fromEntries(resources) as Record<string, string>,
  });
}

/** @param grantId of the new grant: whatever has moved to it is narrowed, also what a refresh stored while this waited for it */
async function narrowTokens(
  query: RunSql,
  tenant: string,
  grantId: string,
  kept: ReadonlySet<string>,
): Promise<void> {
  const tokens = await query<{ id: string; payload: string }>(USABLE_TOKENS, [tenant, grantId]);
  for (const { id, payload } of tokens) {
    const token = JSON.parse(payload) as { scope?: string };
    const narrower = JSON.stringify({ ...token, scope: narrowScope(token.scope ?? '', kept) });
    await query(NARROW_TOKEN, [tenant, id, narrower]);
  }
}

/** A member of a record. The id has only letters, digits, - and _, so no other text of the record looks like it. */
const memberOf = (grantId: string): string => `"grantId":${JSON.stringify(grantId)}`;

function eventOf(context: EventContext, grantId: string, scope: string, consent: LiveConsent) {
  return newAccessEvent(context, {
    kind: 'consent',
    action: 'narrow',
    outcome: '0',
    grantId,
    scope,
    sensitive: consent.sensitive,
    released: consent.sensitive_labels,
    until: consent.until.toISOString(),
    snapshotSha256: sha256(consent.snapshot),
    client: { id: consent.client_id, name: consent.client_name },
    ...(consent.member !== null && { member: consent.member }),
  });
}

/** @returns the id of the grant that takes the place of the one before */
async function replace(query: RunSql, narrowing: Narrowing, context: EventContext): Promise<string> {
  const { consent, kept, taken } = narrowing;
  const { grant_id: before, declined } = consent;
  const tenant = context.tenant.id;
  const grantId = newGrantId();
  const scope = narrowScope(consent.scope, kept);
  await query(WAIT_FOR_REFRESHES, [tenant, before]);
  const names = [tenant, before, grantId];
  const values = [grantWith(consent.grant, scope), scope, [...new Set([...declined, ...taken])]];
  await query(REPLACE, [...names, ...values, memberOf(before), memberOf(grantId)]);
  await narrowTokens(query, tenant, grantId, kept);
  const { text, values: event } = recordStatement([eventOf(context, grantId, scope, consent)]);
  await query(text, event);
  return grantId;
}

/** The ids of the grants: of those that took the place of others, and of those of which nothing was left. */
export interface NarrowedGrants {
  replaced: string[];
  ended: string[];
}

/**
 * Takes kinds back from all live grants that the app of a grant has from this login for the same person. A grant of which
 * nothing is left ends. Run it in a transaction: after its commit no access token opens what was taken back, every gateway
 * has the notice, and the events are durable.
 */
export async function narrowGrants(
  query: RunSql,
  { account, likeGrant }: { account: string; likeGrant: string },
  kinds: ReadonlySet<string>,
  context: EventContext,
): Promise<NarrowedGrants> {
  const tenant = context.tenant.id;
  const whose = [tenant, account, likeGrant];
  await query(HOLD_RELATION, whose);
  await waitForEnds(query, tenant);
  const live = await query<LiveConsent>(LIVE, whose);
  const touched = live.map((consent) => narrowingOf(consent, kinds)).filter(({ taken }) => taken.size > 0);
  const [less, nothing] = [
    touched.filter(({ kept }) => kept.size > 0),
    touched.filter(({ kept }) => kept.size === 0),
  ];
  const replaced: string[] = [];
  for (const narrowing of less)
    replaced.push(await replace(query, narrowing, { ...context, requestId: idOf(context, replaced.length) }));
  const ids = (of: readonly Narrowing[]) => of.map(({ consent }) => consent.grant_id);
  const later = { ...context, requestId: randomUUID() };
  if (less.length > 0) await endGrantsOf(query, { grants: ids(less) }, 'narrowed', later);
  if (nothing.length > 0)
    await endGrantsOf(query, { grants: ids(nothing) }, 'member', { ...later, requestId: randomUUID() });
  return { replaced, ended: ids(nothing) };
}

/** The first event has the id of the request. */
const idOf = ({ requestId }: EventContext, index: number): string => (index === 0 ? requestId : randomUUID());
