/** The member's decision, made binding: a grant of exactly what stayed ticked, or none. */
import { randomBytes } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';
import type { FastifyReply } from 'fastify';
import type { Grant } from 'oidc-provider';
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import { type Account, fhirUserOf } from '../../domain/accounts/accounts.ts';
import { type ConsentRecord, LaunchUsed } from '../../domain/consent/consents.ts';
import { recordLaunch, USED_MEANWHILE } from './refuse-launch.ts';
import { type Choice, choiceOf, ticksOf } from '../../domain/consent/choice.ts';
import { endOf } from '../../domain/consent/durations.ts';
import { canonical, sha256, type ConsentSnapshot } from '../../domain/consent/consent-snapshot.ts';
import { sameText } from '../../domain/keys/secrets.ts';
import { interactionPath } from '../../domain/urls.ts';
import { grantRecord } from '../../provider/adapters/record-adapter.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { sealOf, showPage, snapshotFor } from './pages.ts';
import { chooseMember, claimInteraction, finishInteraction, type Visit } from './visit.ts';

const GRANT_ID_BYTES = 24;

function newGrant({ server, client }: Visit, account: Account, scope: string, until: number): Grant {
  const grant = new server.provider.Grant({ accountId: account.sub, clientId: client.clientId });
  grant.jti = randomBytes(GRANT_ID_BYTES).toString('base64url');
  grant.exp = until;
  grant.addOIDCScope(scope);
  grant.addResourceScope(server.tenant.fhirBase, scope);
  return grant;
}

async function record(
  visit: Visit,
  happened: Pick<AccessEvent, 'action' | 'grantId' | 'scope' | 'sensitive' | 'until' | 'snapshotSha256'>,
): Promise<void> {
  const { services, server, request, client, account, member } = visit;
  const fhirUser = account && fhirUserOf(account, server.tenant.fhirBase);
  const context = { requestId: request.id, tenant: server.tenant, address: clientAddress(request), client };
  const event = { kind: 'consent', outcome: '0', member: member?.patient, ...happened } as const;
  await services.outbox.record(newAccessEvent({ ...context, sub: account?.sub, fhirUser }, event));
}

/** @returns nothing when another authorization was first to use the launch that this one came with */
async function save(
  { server }: Visit,
  grant: Grant,
  consent: ConsentRecord,
): Promise<{ changed: boolean } | undefined> {
  try {
    const { tenant, stores } = server;
    return await stores.consents.save(await grantRecord(tenant.id, grant), consent);
  } catch (error) {
    if (error instanceof LaunchUsed) return undefined;
    throw error;
  }
}

/** Stores consent and grant, and lets the authorization request go on with the scopes that are left. */
async function grantChoice(
  visit: Visit,
  account: Account,
  snapshot: ConsentSnapshot,
  choice: Choice,
): Promise<void> {
  const { server, client, interaction, member, launch } = visit;
  const { scope, sensitive } = choice;
  const until = endOf(choice.duration, Date.now());
  const grant = newGrant(visit, account, scope, until);
  const givenBy = fhirUserOf(account, server.tenant.fhirBase);
  const saved = await save(visit, grant, {
    ...{ grantId: grant.jti, sub: account.sub, member: member?.patient, clientId: client.clientId },
    fhirUser: /(^| )(fhirUser|profile)( |$)/.test(scope) ? givenBy : undefined,
    givenBy,
    ...{ snapshot: snapshot, choice, until, launch },
  });
  if (!saved) return finishInteraction(visit, USED_MEANWHILE);
  await record(visit, {
    ...{ action: saved.changed ? 'change' : 'grant', grantId: grant.jti, scope, sensitive },
    until: new Date(until * 1000).toISOString(),
    snapshotSha256: sha256(canonical(snapshot)),
  });
  if (launch)
    await recordLaunch(visit, { action: 'use', outcome: '0', member: launch.patient, grantId: grant.jti });
  interaction.params['scope'] = scope;
  await finishInteraction(visit, { consent: { grantId: grant.jti } });
}

/** The instant that a form says its page was made; the seal proves it. */
function shownAt(fields: URLSearchParams): Date {
  const at = new Date(fields.get('snapshot_at') ?? '');
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

/** Agreed to is what was on the page: if it would be another page now, it is shown and asked again. */
export async function agree(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const { account, texts } = visit;
  const snapshot = snapshotFor(visit, shownAt(fields));
  if (!sameText(fields.get('snapshot_seal') ?? '', sealOf(visit, snapshot))) {
    return showPage(visit, { status: 409, problem: texts.consent.changed });
  }
  const choice = choiceOf(snapshot, ticksOf(fields));
  if (typeof choice === 'string') {
    return showPage(visit, { status: 400, problem: texts.consent[choice], posted: fields });
  }
  if (!account) throw new Error('consent without a login');
  await claimInteraction(visit);
  return grantChoice(visit, account, snapshot, choice);
}

/** Refused: the app learns `access_denied` (RFC 6749 section 4.1.2.1) and nothing about the member. */
export async function deny(visit: Visit): Promise<void> {
  await claimInteraction(visit);
  if (visit.account) await record(visit, { action: 'deny', scope: visit.scope });
  await finishInteraction(visit, { error: 'access_denied', error_description: 'the member did not agree' });
}

/** The page's address, without what was said in it about languages. */
function pathOf({ server, interaction }: Visit): string {
  return interactionPath(server.tenant.id, interaction.uid);
}

export async function choose(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const wanted = fields.get('member');
  const member = visit.account?.members.find(({ patient }) => patient === wanted);
  if (!member) return showPage(visit, { status: 400, problem: visit.texts.choose.missing });
  await chooseMember(visit, member.patient);
  return visit.reply.redirect(pathOf(visit), 303);
}

export async function chooseAgain(visit: Visit): Promise<FastifyReply | void> {
  await chooseMember(visit, undefined);
  return visit.reply.redirect(pathOf(visit), 303);
}
