/** The member's decision, made binding: a grant of exactly what stayed ticked, or none. */
import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Grant } from 'oidc-provider';
import { newEvent } from '../audit/access-event.ts';
import { type Account, fhirUserOf } from '../accounts/accounts.ts';
import { type ConsentRecord, LaunchUsed } from '../consent/consents.ts';
import { askedFor, narrowScope } from '../consent/narrow.ts';
import { recordLaunch, USED_MEANWHILE } from '../launch/refuse-launch.ts';
import { OFFLINE_GRANT_SECONDS, ONCE_GRANT_SECONDS, ONLINE_GRANT_SECONDS } from '../oidc/lifetimes.ts';
import { TEXTS } from '../pages/texts.ts';
import { addressOf } from './address.ts';
import { showPage } from './pages.ts';
import { chooseMember, claimInteraction, finishInteraction, type Visit } from './visit.ts';

const GRANT_ID_BYTES = 24;

/** Seconds that a grant of these scopes lasts. */
function grantSeconds(scope: string): number {
  const { offline, online } = askedFor(scope);
  return offline ? OFFLINE_GRANT_SECONDS : online ? ONLINE_GRANT_SECONDS : ONCE_GRANT_SECONDS;
}

function newGrant({ server, client }: Visit, account: Account, scope: string): Grant {
  const grant = new server.provider.Grant({ accountId: account.sub, clientId: client.clientId });
  grant.jti = randomBytes(GRANT_ID_BYTES).toString('base64url');
  grant.exp = Math.floor(Date.now() / 1000) + grantSeconds(scope);
  grant.addOIDCScope(scope);
  grant.addResourceScope(server.tenant.fhirBase, scope);
  return grant;
}

async function record(
  visit: Visit,
  happened: { action: string; grantId?: string; scope: string },
): Promise<void> {
  const { services, server, request, client, account, member } = visit;
  const fhirUser = account && fhirUserOf(account, server.tenant.fhirBase);
  const context = { requestId: request.id, tenant: server.tenant, address: addressOf(request), client };
  const event = { kind: 'consent', outcome: '0', member: member?.patient, ...happened } as const;
  await services.outbox.record(newEvent({ ...context, sub: account?.sub, fhirUser }, event));
}

/** @returns false when another authorization was first to use the launch that this one came with */
async function save({ server }: Visit, grant: Grant, consent: ConsentRecord): Promise<boolean> {
  try {
    await server.tenant.consents.save(grant, consent);
    return true;
  } catch (error) {
    if (error instanceof LaunchUsed) return false;
    throw error;
  }
}

/** Stores consent and grant, and lets the authorization request go on with the scopes that are left. */
async function grantScope(visit: Visit, account: Account, scope: string, declined: string[]): Promise<void> {
  const { server, client, interaction, member, launch } = visit;
  const grant = newGrant(visit, account, scope);
  const saved = await save(visit, grant, {
    grantId: grant.jti,
    sub: account.sub,
    member: member?.patient,
    fhirUser: /(^| )(fhirUser|profile)( |$)/.test(scope)
      ? fhirUserOf(account, server.tenant.fhirBase)
      : undefined,
    clientId: client.clientId,
    clientName: visit.app,
    asked: visit.scope,
    scope,
    declined,
    expiresIn: grantSeconds(scope),
    launch,
  });
  if (!saved) return finishInteraction(visit, USED_MEANWHILE);
  await record(visit, { action: 'grant', grantId: grant.jti, scope });
  if (launch)
    await recordLaunch(visit, { action: 'use', outcome: '0', member: launch.patient, grantId: grant.jti });
  interaction.params['scope'] = scope;
  await finishInteraction(visit, { consent: { grantId: grant.jti } });
}

export async function agree(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const { account, scope } = visit;
  const asked = askedFor(scope).kinds.map(({ id }) => id);
  const ticked = new Set(fields.getAll('kind'));
  const kept = asked.filter((id) => ticked.has(id));
  if (asked.length > 0 && kept.length === 0) {
    return showPage(visit, { status: 400, problem: TEXTS.consent.none });
  }
  if (!account) throw new Error('consent without a login');
  await claimInteraction(visit);
  const declined = asked.filter((id) => !ticked.has(id));
  return grantScope(visit, account, narrowScope(scope, new Set(kept)), declined);
}

/** Refused: the app learns `access_denied` (RFC 6749 section 4.1.2.1) and nothing about the member. */
export async function deny(visit: Visit): Promise<void> {
  await claimInteraction(visit);
  if (visit.account) await record(visit, { action: 'deny', scope: visit.scope });
  await finishInteraction(visit, { error: 'access_denied', error_description: 'the member did not agree' });
}

export async function choose(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const wanted = fields.get('member');
  const member = visit.account?.members.find(({ patient }) => patient === wanted);
  if (!member) return showPage(visit, { status: 400, problem: TEXTS.choose.missing });
  await chooseMember(visit, member.patient);
  return visit.reply.redirect(visit.request.url, 303);
}

export async function chooseAgain(visit: Visit): Promise<FastifyReply | void> {
  await chooseMember(visit, undefined);
  return visit.reply.redirect(visit.request.url, 303);
}
