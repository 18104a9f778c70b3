/** The member's decision: a grant of exactly what is checked, or no grant. */
import type { AccessEvent } from '@patient-access/events';
import { ForbiddenException } from '@nestjs/common';
import { noteReason } from '@patient-access/platform';
import { openedMember } from '@patient-access/smart';
import type { FastifyReply } from 'fastify';
import { errors, type Grant } from 'oidc-provider';
import { type Happened, newAccessEvent, NO_LABELS } from '../../domain/audit/access-event.ts';
import { type Account, fhirUserOf } from '../../domain/accounts/accounts.ts';
import {
  AppGone,
  type ConsentAnswer,
  type ConsentRecord,
  LaunchUsed,
  LoginEnded,
  PageAnswered,
  RelationOver,
} from '../../domain/consent/consents.ts';
import { launchEvent, LAUNCH_ALREADY_USED } from './refuse-launch.ts';
import { type Choice, choiceOf, ticksOf } from '../../domain/consent/choice.ts';
import { changeChoice, CHOICE_FIELD, choiceChange } from '../../domain/consent/change-choice.ts';
import { endOf } from '../../domain/consent/durations.ts';
import { newGrantId } from '../../domain/consent/grant-id.ts';
import { type ConsentSnapshot, sha256, type WrittenSnapshot } from '../../domain/consent/consent-snapshot.ts';
import { opensFhirUser } from '../../domain/scopes/scopes.ts';
import { sameText } from '../../domain/keys/secrets.ts';
import { earlierAppsIn } from '../pages/consent/earlier-apps.ts';
import { grantRecord, interactionRecord } from '../../provider/adapters/record-adapter.ts';
import { ANOTHER_LOGIN } from '../../provider/authorization/answer-key.ts';
import { ASKED_SCOPE } from '../../provider/authorization/audience.ts';
import { BY_PERSON } from '../../provider/authorization/show-errors.ts';
import { eventContextOf } from '../session/event-context.ts';
import { sealOf, showPage, snapshotFor } from './show-page.ts';
import type { InteractionContext } from './interaction-context.ts';
import {
  chosenBefore,
  rememberChosen,
  claimInteraction,
  finishInteraction,
  goOn,
  setResult,
} from './interaction-result.ts';
import { AnsweredAlready } from './own-browser.ts';

function newGrant(
  { server, client }: InteractionContext,
  account: Account,
  scope: string,
  until: number,
): Grant {
  const grant = new server.provider.Grant({ accountId: account.sub, clientId: client.clientId });
  grant.jti = newGrantId();
  grant.exp = until;
  grant.addOIDCScope(scope);
  grant.addResourceScope(server.tenant.fhirBase, scope);
  return grant;
}

function consentEvent(
  context: InteractionContext,
  happened: Pick<
    Happened,
    'action' | 'grantId' | 'scope' | 'notGranted' | 'sensitive' | 'released' | 'until' | 'snapshotSha256'
  >,
): AccessEvent {
  const { member } = context;
  const told = opensFhirUser(happened.scope ?? '') ? context.fhirUser : undefined;
  const whose = openedMember({ patient: member?.patient, fhirUser: told });
  const event = { kind: 'consent', outcome: '0', member: whose, ...happened } as const;
  return newAccessEvent(eventContextOf(context), event);
}

/** The plan withdrew the relation, or it came to its end, while the page was open. */
const RELATION_OVER = {
  error: 'access_denied',
  error_description: 'the person may not see this data any more',
};

/**
 * Stores grant, consent, the answered page and their events by one statement.
 *
 * @returns the error for the app, when the page was claimed and nothing else could be stored
 * @throws AnsweredAlready; SessionNotFound when the login was ended meanwhile, or the app is gone
 */
async function save(
  { services, server, request }: InteractionContext,
  grant: Grant,
  consent: ConsentRecord,
  answer: ConsentAnswer,
): Promise<typeof RELATION_OVER | undefined> {
  const { tenant, stores } = server;
  try {
    const { changed } = await stores.consents.save(await grantRecord(tenant.id, grant), consent, answer);
    for (const event of [answer.eventOf(changed), answer.launchEvent])
      if (event) services.outbox.count(event);
    return undefined;
  } catch (error) {
    if (error instanceof PageAnswered) throw new AnsweredAlready();
    if (error instanceof AppGone) throw new errors.SessionNotFound('the app is gone');
    if (error instanceof LoginEnded) {
      noteReason(request, ANOTHER_LOGIN);
      throw new errors.SessionNotFound('the login has ended');
    }
    if (error instanceof LaunchUsed) return LAUNCH_ALREADY_USED;
    if (error instanceof RelationOver) return RELATION_OVER;
    throw error;
  }
}

/** What the decision stores beside the consent. The interaction has its result from here on. */
async function answerWith(
  context: InteractionContext,
  { grantId, until, page, choice }: ConsentRecord,
): Promise<ConsentAnswer> {
  const { server, interaction, launch, notGranted } = context;
  const { scope, sensitive, labels: released } = choice;
  const happened = {
    grantId,
    scope,
    ...(notGranted.length > 0 && { notGranted: [...notGranted] }),
    sensitive,
    released,
    until: new Date(until * 1000).toISOString(),
    snapshotSha256: sha256(page.text),
  };
  setResult(context, { consent: { grantId } });
  interaction.params['scope'] = scope;
  return {
    page: await interactionRecord(server.tenant.id, interaction),
    eventOf: (changed) => consentEvent(context, { action: changed ? 'change' : 'grant', ...happened }),
    launchEvent:
      launch && launchEvent(context, { action: 'use', outcome: '0', member: launch.patient, grantId }),
  };
}

/**
 * Stores consent and grant. The authorization request continues with the scopes that the member left checked.
 *
 * @throws AnsweredAlready
 */
async function grantChoice(
  context: InteractionContext,
  account: Account,
  page: WrittenSnapshot,
  choice: Choice,
): Promise<void> {
  const { server, client, interaction, member, launch } = context;
  const { scope } = choice;
  const until = endOf(choice.duration, Date.now());
  const grant = newGrant(context, account, scope, until);
  const givenBy = fhirUserOf(account, server.tenant.fhirBase);
  const { scope: asked } = interaction.params;
  const consent = {
    grantId: grant.jti,
    sub: account.sub,
    member: member?.patient,
    clientId: client.clientId,
    fhirUser: opensFhirUser(scope) ? context.fhirUser : undefined,
    givenBy,
    askedScope: interaction.params[ASKED_SCOPE] as string | undefined,
    page,
    choice,
    until,
    launch,
    loginsEnded: account.loginsEnded,
  };
  const refused = await save(context, grant, consent, await answerWith(context, consent));
  if (!refused) return goOn(context);
  interaction.params['scope'] = asked;
  return finishInteraction(context, refused);
}

/** @returns when the page of the form was made; the form says so, and the seal proves it */
function shownAt(fields: URLSearchParams): Date {
  const at = new Date(fields.get('snapshot_at') ?? '');
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

/** Is this the form of a page that a browser kept from before a press? */
function isOlder(context: InteractionContext, snapshot: ConsentSnapshot, fields: URLSearchParams): boolean {
  const kept = chosenBefore(context);
  const choice = (of: URLSearchParams) => JSON.stringify(choiceOf(snapshot, ticksOf(of)));
  return kept !== undefined && choice(kept) !== choice(fields);
}

/** The member agrees to the page that was shown. If the page would be a different one now, it is shown again. */
export async function agreeToConsent(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { account, texts } = context;
  // What the page said of earlier apps is believed as the time is: the seal proves both.
  const page = snapshotFor(context, shownAt(fields), earlierAppsIn(fields));
  const { snapshot } = page;
  if (!sameText(fields.get('snapshot_seal') ?? '', sealOf(context, page))) {
    noteReason(context.request, 'consent-page-changed');
    return showPage(context, { status: 409, problem: texts.consent.changed, posted: fields });
  }
  if (isOlder(context, snapshot, fields)) {
    noteReason(context.request, 'consent-page-changed');
    return showPage(context, { status: 409, problem: texts.consent.changed });
  }
  const choice = choiceOf(snapshot, ticksOf(fields));
  if (typeof choice === 'string') {
    return showPage(context, { status: 400, problem: texts.consent[choice], posted: fields });
  }
  if (!account) throw new Error('consent without a login');
  return grantChoice(context, account, page, choice);
}

/** The app gets `access_denied` (RFC 6749 section 4.1.2.1) and learns nothing about the member. */
export async function denyConsent(context: InteractionContext): Promise<void> {
  await claimInteraction(context);
  const event = () => consentEvent(context, { action: 'deny', scope: context.scope, ...NO_LABELS });
  if (context.account) await context.services.outbox.record(event());
  const refused = { error: 'access_denied', error_description: 'the member did not agree' };
  await finishInteraction(context, { ...refused, [BY_PERSON]: true });
}

/**
 * A press on a box: keeps it, and shows the page again at this box. What was kept counts before what the page says, because
 * a quick second press comes from the page before the first one.
 */
export async function keepChoice(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply> {
  const change = choiceChange(fields.get(CHOICE_FIELD) ?? '');
  if (!change) throw new ForbiddenException();
  await rememberChosen(context, changeChoice(chosenBefore(context) ?? fields, change));
  const box = encodeURIComponent(`${change.name}-${change.value}`);
  return context.reply.redirect(`${context.request.url}#${box}`, 303);
}
