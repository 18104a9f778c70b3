/** The content of the page "Who saw my data", from the member's audit trail. */
import { CARD_LINK_CLIENT_ID, MEMBER_PAGES_CLIENT_ID, OWN_CLIENT_IDS } from '@patient-access/events';
import { type Member, ownMember } from '../../domain/accounts/accounts.ts';
import { asSeen } from '../../domain/clients/like-names.ts';
import { placesOf } from '../../domain/apps/same-name.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { AccessHistoryView, AppEntry } from '../pages/access-history.ts';
import { queryTrail } from '../../provider/audit/trail-client.ts';
import type { MemberAccess, MemberAccesses } from '@patient-access/internal-api';
import { memberPath } from '../../domain/urls.ts';
import { accessLines, type AccessReader, timesOf, whoseAccess } from './access-sentences.ts';
import { type CalendarMonth, calendarMonth } from './calendar-month.ts';
import { loginClaims } from '../session/login-claims.ts';
import { momentOf } from '../session/moment.ts';
import { memberPageOf, type SessionContext } from '../session/session-context.ts';

interface AccessHistory {
  context: SessionContext;
  member: Member;
  month: CalendarMonth;
  /** the newest first */
  accesses: MemberAccess[];
  complete: boolean;
  /** the logins for which the apps acted, by subject identifier */
  logins: ReadonlyMap<string, string>;
  /** where apps of one name go back to, by client id */
  places: ReadonlyMap<string, string>;
}

function addressFor(
  { server }: SessionContext,
  member: Member,
  month: string | undefined,
): string | undefined {
  if (month === undefined) return undefined;
  const query = new URLSearchParams({ person: member.patient, month });
  return `${memberPath(server.tenant.id, 'access')}?${query}`;
}

/** Asks audit-service with an introspection JWT for this person alone, as an app of the member would. */
async function askFor(
  context: SessionContext,
  member: Member,
  month: CalendarMonth,
): Promise<MemberAccesses> {
  const { services, server, request } = context;
  const asking = { auditUrl: services.config.AUDIT_URL, server, address: clientAddress(request) };
  const caller = { ...loginClaims(context, member, 'patient/AuditEvent.s'), whole_record: true as const };
  const [from = '', to = ''] = [month.days[0], month.days.at(-1)];
  return queryTrail(asking, caller, { from, to, zone: server.tenant.settings.timeZone });
}

/** The other logins for which an app acted, with their names if the plan knows them. */
async function loginsOf({ server, account, texts }: SessionContext, accesses: readonly MemberAccess[]) {
  const subs = new Set(
    accesses.flatMap(({ login }) => (login === null || login === account.sub ? [] : login)),
  );
  const named = [...subs].map(async (sub): Promise<[string, string]> => {
    const found = await server.stores.accounts.find(sub);
    const { through, throughFormer, throughUnnamed, throughDelegate } = texts.access;
    if (!found) return [sub, throughFormer];
    const name = ownMember(found)?.name ?? found.login;
    if (name !== '') return [sub, through(name)];
    return [sub, found.self === undefined ? throughDelegate : throughUnnamed];
  });
  return new Map(await Promise.all(named));
}

const isApp = ({ app, happened }: MemberAccess): boolean =>
  happened !== 'corrected' && !OWN_CLIENT_IDS.includes(app);

/** Two apps may have one name. Whoever connected each of them, the member or somebody else, went back somewhere. */
async function placesOfTwins(
  { services, server, account, texts }: SessionContext,
  member: Member,
  accesses: readonly MemberAccess[],
): Promise<ReadonlyMap<string, string>> {
  const byName = Map.groupBy(accesses.filter(isApp), ({ name }) => asSeen(name));
  const twins = [...byName.values()]
    .map((each) => new Set(each.map(({ app }) => app)))
    .flatMap((apps) => (apps.size > 1 ? [...apps] : []));
  if (twins.length === 0) return new Map();
  const others = accesses.flatMap(({ app, login }) => (login !== null && twins.includes(app) ? [login] : []));
  const places = await placesOf(services.pool, { tenant: server.tenant.id, sub: account.sub }, twins, {
    others: [...new Set(others)],
    member: member.patient,
  });
  const { access } = texts;
  return new Map([...places].map(([app, place]) => [app, access.goesBackTo(place || access.aDevice)]));
}

async function readAccessHistory(
  context: SessionContext,
  member: Member,
  month: CalendarMonth,
): Promise<AccessHistory> {
  const { accesses, complete } = await askFor(context, member, month);
  const [logins, places] = await Promise.all([
    loginsOf(context, accesses),
    placesOfTwins(context, member, accesses),
  ]);
  return { context, member, month, accesses, complete, logins, places };
}

const format = ({ texts }: SessionContext, day: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(texts.locale, { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));

const longDay = (context: SessionContext, day: string) =>
  format(context, day, { month: 'long', day: 'numeric' });
const nameOfMonth = (context: SessionContext, month: string) =>
  format(context, `${month}-01`, { month: 'long', year: 'numeric' });

/** One entry for each app and each login for which it acted, in the order of the accesses. */
function entriesOf(
  { context, member, logins, places }: AccessHistory,
  accesses: readonly MemberAccess[],
): AppEntry[] {
  const { texts, server } = context;
  const reader: AccessReader = { texts, own: member.relationship === 'self' };
  const groups = Map.groupBy(accesses, (access) => `${whoseAccess(access)}\n${access.login ?? ''}`);
  return [...groups.values()].flatMap((each) => {
    const [first] = each;
    const lines = accessLines(reader, each);
    if (!first || lines.length === 0) return [];
    const through = logins.get(first.login ?? '');
    const { name: plan } = server.tenant;
    const app = first.app === MEMBER_PAGES_CLIENT_ID ? texts.access.ownPages(plan) : first.name;
    const byLink = first.app === CARD_LINK_CLIENT_ID ? texts.access.byLink(first.name) : app;
    const name = first.happened === 'corrected' ? plan : byLink;
    const place = places.get(first.app);
    return [
      { name, lines, ...(place !== undefined && { place }), ...(through !== undefined && { through }) },
    ];
  });
}

function byApp(seen: AccessHistory): AccessHistoryView['apps'] {
  const { texts } = seen.context;
  const groups = Map.groupBy(seen.accesses, whoseAccess);
  return [...groups.values()].flatMap((accesses) => {
    const days = new Set(accesses.map(({ day }) => day)).size;
    const [entry] = entriesOf(
      { ...seen, logins: new Map() },
      accesses.map((access) => ({ ...access, login: null })),
    );
    const count = new Intl.NumberFormat(texts.locale).format(days);
    return entry ? [{ ...entry, days: texts.access.days(count, days === 1) }] : [];
  });
}

function barsOf({ context, month, accesses }: AccessHistory): AccessHistoryView['bars'] {
  const byDay = Map.groupBy(accesses, ({ day }) => day);
  return month.days.map((day) => {
    const those = (wanted: MemberAccess['happened']) =>
      timesOf((byDay.get(day) ?? []).filter(({ happened }) => happened === wanted));
    return {
      label: longDay(context, day),
      given: those('read') + those('interrupted'),
      refused: those('refused'),
    };
  });
}

function content(seen: AccessHistory): Pick<AccessHistoryView, 'apps' | 'days' | 'bars' | 'incomplete'> {
  const { context, accesses, complete } = seen;
  const byDay = [...Map.groupBy(accesses, ({ day }) => day)].toSorted(([a], [b]) => (a < b ? 1 : -1));
  const [oldest] = byDay.at(-1) ?? [];
  return {
    apps: byApp(seen),
    bars: barsOf(seen),
    days: byDay.map(([day, each]) => ({
      heading: format(context, day, { weekday: 'long', month: 'long', day: 'numeric' }),
      entries: entriesOf(seen, each),
    })),
    ...(!complete && oldest !== undefined && { incomplete: longDay(context, oldest) }),
  };
}

/**
 * @param wanted query of the page's address: `person`, the id of one of the login's persons, and `month`
 * @throws RecordUnavailable when the trail cannot be read now
 */
export async function accessHistoryView(
  context: SessionContext,
  wanted: { person?: unknown; month?: unknown },
): Promise<AccessHistoryView> {
  const { account, server } = context;
  const { timeZone } = server.tenant.settings;
  const now = new Date();
  const month = calendarMonth(wanted.month, now, timeZone);
  const page = { ...memberPageOf(context), month: nameOfMonth(context, month.id) };
  const member = account.members.find(({ patient }) => patient === wanted.person) ?? account.members[0];
  if (!member) return { ...page, people: [], apps: [], bars: [], days: [] };
  const link = (id: string | undefined) => addressFor(context, member, id);
  return {
    ...page,
    asOf: momentOf(context, now),
    ...content(await readAccessHistory(context, member, month)),
    ...(member.relationship !== 'self' && { name: member.name }),
    people: account.members.map((each) => ({
      name: each.name,
      page: each === member ? undefined : addressFor(context, each, month.id),
    })),
    ...(month.earlier && {
      earlier: { month: nameOfMonth(context, month.earlier), page: link(month.earlier) },
    }),
    ...(month.later && { later: { month: nameOfMonth(context, month.later), page: link(month.later) } }),
  };
}
