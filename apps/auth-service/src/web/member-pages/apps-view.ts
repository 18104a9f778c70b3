/** The content of the pages of connected apps, made from the consents. */
import { latestLoginChanges } from '../../domain/accounts/login-changes.ts';
import { appFacts } from '../../domain/apps/app-facts.ts';
import { isVerified } from '../../domain/apps/app-name.ts';
import { GRANT_ID } from '../../domain/consent/grant-id.ts';
import {
  entryNamed,
  identityListed,
  identityTold,
  type ListedAccess,
} from '../../domain/consent/consent-snapshot.ts';
import { requestedAccess } from '../../domain/consent/requested-access.ts';
import type { ConnectedAppView, Subject } from '../pages/connected-app.ts';
import { lastDayBefore } from '../pages/last-day.ts';
import type { AppsView } from '../pages/apps.ts';
import type { RevokeView } from '../pages/revoke.ts';
import { logoPath, memberPath, receiptPath } from '../../domain/urls.ts';
import { ownMember } from '../../domain/accounts/accounts.ts';
import {
  type ConnectedApp,
  connectedApps,
  endedAppsOfOthers,
  type PastApp,
  pastApps,
  sameApp,
} from './connected-apps.ts';
import { factorResetIn } from '../session/factor-reset.ts';
import { dateAlone, momentOf } from '../session/moment.ts';
import type { LastReads, LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import { isOld, unreadByApp } from './unread.ts';
import { memberPageOf, type SessionContext } from '../session/session-context.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const isSoon = (at: Date): boolean => at.getTime() > Date.now() && at.getTime() - Date.now() < DAY_MS;

/** A date in the plan's time zone, with the time if it is less than a day ahead. */
export const dateOf = (context: SessionContext, at: Date): string =>
  isSoon(at) ? momentOf(context, at) : dateAlone(context, at);

/** As {@link dateOf}, of an end: what ends with a day ends when the next one begins. */
export function lastDayOf(context: SessionContext, at: Date): string {
  const { server, texts } = context;
  const { timeZone } = server.tenant.settings;
  return isSoon(at)
    ? momentOf(context, at)
    : lastDayBefore(at.toISOString(), { locale: texts.locale, timeZone });
}

/** The names of sensitive categories. A category that the plan no longer has is shown by its id. */
export function sensitiveNames(
  { server, texts }: SessionContext,
  { sensitive }: Pick<ConnectedApp, 'sensitive'>,
): string[] {
  const known = texts.consent.sensitiveTexts as Record<string, { label: string }>;
  const { own } = server.tenant.settings.sensitive;
  const ids = new Set(sensitive.split(' ').filter(Boolean));
  return [...ids].map(
    (id) => own.find((category) => category.id === id)?.text[texts.language].label ?? known[id]?.label ?? id,
  );
}

/** What the app has, with what it is told of whoever logs in. */
function askedBy({ account }: SessionContext, { scope, fhirUser: reference }: ConnectedApp): ListedAccess {
  const asked = requestedAccess(scope);
  const fhirUser = reference === null ? undefined : entryNamed(reference);
  const told = identityTold(asked.identity, { fhirUser, hasName: ownMember(account) !== undefined });
  return { ...asked, identity: identityListed(told), fhirUser };
}

async function appView(
  context: SessionContext,
  app: ConnectedApp,
  reads?: LastReads,
): Promise<ConnectedAppView> {
  const { provider, tenant } = context.server;
  const client = await provider.Client.find(app.clientId);
  const { answers, logo, publisher, domain } = client ? appFacts(client, app.clientName) : {};
  return {
    grantId: app.grantId,
    name: app.clientName,
    verified: client !== undefined && isVerified(client),
    publisher,
    domain,
    returnTo: app.returnTo ?? undefined,
    answers,
    logo: logo && logoPath(tenant.id, logo),
    asked: askedBy(context, app),
    sensitive: sensitiveNames(context, app),
    unread: unreadByApp(app, reads, Date.now()),
    since: dateOf(context, app.since),
    until: lastDayOf(context, app.until),
    isLoginOver: app.isLoginOver,
    ...(app.usedAt && { used: dateOf(context, app.usedAt) }),
    page: `${memberPath(tenant.id, 'apps')}/${app.grantId}`,
    receipt: receiptPath(tenant.id, app.grantId),
  };
}

export function subjectOf({ account, texts }: SessionContext, member: string | null): Subject {
  const { own, others, former, nobody } = texts.apps;
  if (member === null) return nobody;
  const known = account.members.find(({ patient }) => patient === member);
  // Her own record stays her own when the time in which she sees it is over.
  if (!known) return member === account.self ? { ...own, heading: own.short } : former;
  const { name, relationship } = known;
  if (relationship === 'self') return { ...own, heading: own.heading(name) };
  const words = (texts.relationships[relationship] ?? relationship).toLocaleLowerCase(texts.language);
  return {
    heading: others.heading(name, words),
    short: others.short(name),
    revoked: (app) => others.revoked(app, name),
  };
}

/** @returns a line for each person whose data is seen for a time only, because of the end of the coverage or a death */
function seenUntil({ account, server, texts }: SessionContext): string[] {
  const { timeZone } = server.tenant.settings;
  const { own, others, seenUntil: words } = texts.apps;
  return account.members.flatMap(({ name, relationship, ends }) => {
    if (ends?.by !== 'coverage' && ends?.by !== 'death') return [];
    const whose = relationship === 'self' ? own.short : others.short(name);
    return [words[ends.by](whose, lastDayBefore(ends.at, { locale: texts.locale, timeZone }))];
  });
}

async function appsOfOthers(context: SessionContext): Promise<AppsView['byOthers']> {
  const { services, server, account, texts } = context;
  const own = ownMember(account);
  if (!own) return [];
  const whose = { sub: account.sub, member: own.patient };
  const ended = await endedAppsOfOthers(services.pool, server.tenant.id, whose);
  return ended.map(({ clientName: name, endedAt, reason }) => ({
    name,
    ended: dateOf(context, endedAt),
    reason: texts.apps.reasonsForOwner[reason],
  }));
}

/** The same app may see somebody else's data by another consent, so the sentence names whose access has ended. */
function revokedText(
  context: SessionContext,
  { clientId, clientName, member }: PastApp,
  live: readonly ConnectedApp[],
): string {
  const { stillSees } = context.texts.apps;
  const ended = subjectOf(context, member).revoked(clientName);
  const others = live.filter((app) => app.clientId === clientId && !app.isLoginOver);
  if (others.length === 0) return ended;
  return `${ended} ${stillSees(others.map((app) => subjectOf(context, app.member).short).join(', '))}`;
}

function pastView(context: SessionContext, app: PastApp): AppsView['past'][number] {
  return {
    name: app.clientName,
    returnTo: app.returnTo ?? undefined,
    subject: subjectOf(context, app.member),
    since: dateOf(context, app.agreed),
    ended: dateOf(context, app.endedAt),
    reason: app.reason ?? 'expiry',
    receipt: receiptPath(context.server.tenant.id, app.grantId),
  };
}

/**
 * @param changed id of the grant that the member has just ended or narrowed, as the address says
 * @param lastReads what apps asked for last; asked only where a consent is old enough to be told about
 */
export async function appsView(
  context: SessionContext,
  changed: unknown,
  lastReads: LastReadsOfApps,
): Promise<Omit<AppsView, 'freshness' | 'isUnchanged'>> {
  const { services, server, account } = context;
  const { sub } = account;
  const [live, past, byOthers, changes, isChanged] = await Promise.all([
    connectedApps(services.pool, server.tenant.id, sub),
    pastApps(services.pool, server.tenant.id, sub),
    appsOfOthers(context),
    latestLoginChanges(services.pool, server.tenant.id, sub),
    typeof changed === 'string' && GRANT_ID.test(changed)
      ? sameApp(services.pool, server.tenant.id, { sub, grantId: changed })
      : () => false,
  ]);
  const revoked = past.find((app) => isChanged(app) && app.reason === 'member');
  const now = Date.now();
  const reads = live.some((app) => isOld(app, now)) ? await lastReads.of(server.tenant.id) : undefined;
  // The order is that of the login's own list. After it come persons who are no longer on the list, and apps without
  // health data.
  const order = [...account.members.map(({ patient }) => patient), ...live.map(({ member }) => member)];
  const groups = await Promise.all(
    [...new Set(order)].map(async (member) => {
      const apps = live.filter((app) => app.member === member).map((app) => appView(context, app, reads));
      return { subject: subjectOf(context, member), apps: await Promise.all(apps) };
    }),
  );
  return {
    ...memberPageOf(context),
    seenUntil: seenUntil(context),
    groups: groups.filter(({ apps }) => apps.length > 0),
    past: past.map((app) => pastView(context, app)),
    byOthers,
    factorReset: factorResetIn(context, changes),
    revoked: revoked && revokedText(context, revoked, live),
    narrowed: live.find(({ grantIds }) => grantIds.some((id) => id === changed))?.clientName,
  };
}

export async function revokeView(context: SessionContext, app: ConnectedApp): Promise<RevokeView> {
  return {
    ...memberPageOf(context),
    app: await appView(context, app),
    subject: subjectOf(context, app.member),
  };
}
