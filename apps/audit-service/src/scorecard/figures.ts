/** Turns sums into a scorecard. Which event means what stands here, and nowhere in the database. */
import { OWN_CLIENT_IDS } from '@patient-access/events';
import type { Scorecard } from '@patient-access/internal-api';
import type { Days, LastRead, Starts, Sum } from './sums.ts';

type Condition = (sum: Sum) => boolean;

const ANSWERED = '0';
const FAILED = '12';
const isOf =
  (kind: string, ...acts: string[]): Condition =>
  (sum) =>
    sum.kind === kind && (acts.length === 0 || acts.includes(sum.act));
const isAnswered: Condition = ({ outcome }) => outcome === ANSWERED;

/** Who opens a page without a session is sent to the login, as every visit begins: nothing was refused. */
const SENT_TO_LOGIN = 'login-required';
/** Kinds of which one event counts many requests: those that were refused or failed, and good ones for what is published. */
const COUNTED: readonly string[] = ['denied-attempts', 'published-reads'];
/** Requests for data, and what was refused before it was one. Logins and tokens have figures of their own. */
const isRequest: Condition = ({ kind, act, reason }) =>
  reason !== SENT_TO_LOGIN &&
  (kind === 'rest' || (kind === 'attempt' && act === 'refuse') || COUNTED.includes(kind));
/** oidc-provider's own words for the check that failed, as the trail has them. */
const isRefusedRefresh: Condition = (sum) =>
  isOf('attempt', 'refuse')(sum) && sum.reason.startsWith('refresh-token-');

const total = (sums: readonly Sum[], ...all: Condition[]): number =>
  sums.filter((sum) => all.every((each) => each(sum))).reduce((before, { events }) => before + events, 0);

const share = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;

function reasonsOf(sums: readonly Sum[]): { reason: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { reason, events } of sums) counts.set(reason, (counts.get(reason) ?? 0) + events);
  return [...counts]
    .map(([reason, count]) => ({ reason: reason || 'unknown', count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

function requestsOf(sums: readonly Sum[]): Scorecard['requests'] {
  const asked = sums.filter(isRequest);
  const all = total(asked);
  const failed = total(asked, ({ outcome }) => outcome === FAILED);
  const answered = total(asked, isAnswered);
  return { answered, failed, refused: all - answered - failed, shareNotFailed: share(all - failed, all) };
}

function authorizationsOf(sums: readonly Sum[]): Scorecard['authorizations'] {
  const atRequest = total(sums, isOf('authorization', 'refuse'));
  const atConsent = total(sums, isOf('consent', 'deny'));
  const agreed = total(sums, isOf('consent', 'grant', 'change'), isAnswered);
  const succeeded = total(sums, isOf('token', 'issue'), isAnswered);
  // A code that was given shortly before midnight may be exchanged after it.
  const afterConsent = Math.max(0, agreed - succeeded);
  const ended = succeeded + afterConsent + atConsent + atRequest;
  const failedLogins = sums.filter((sum) => isOf('login', 'login')(sum) && !isAnswered(sum));
  return {
    ended,
    succeeded,
    share: share(succeeded, ended),
    stopped: { atRequest, atConsent, afterConsent },
    failedLogins: reasonsOf(failedLogins),
  };
}

function refreshesOf(sums: readonly Sum[]): Scorecard['refreshes'] {
  const succeeded = total(sums, isOf('token', 'refresh', 'repeat'), isAnswered);
  const refused = total(sums, isRefusedRefresh);
  return { succeeded, refused, share: share(succeeded, succeeded + refused) };
}

/** The plan's own pages and links to a card have a client in the trail, too. */
const isOfApp = ({ client }: { client: string }): boolean =>
  client !== '' && !OWN_CLIENT_IDS.includes(client);

/** An app that asked for nothing in these days has its last reads all the same. */
function appsOf(sums: readonly Sum[], reads: readonly LastRead[]): Scorecard['apps'] {
  const asked = Map.groupBy(
    sums.filter((sum) => isOfApp(sum) && isRequest(sum)),
    ({ client }) => client,
  );
  const read = Map.groupBy(reads.filter(isOfApp), ({ client }) => client);
  return [...new Set([...asked.keys(), ...read.keys()])].sort().map((client) => {
    const own = asked.get(client) ?? [];
    return {
      client,
      requests: requestsOf(own),
      errors: reasonsOf(own.filter((sum) => !isAnswered(sum))),
      lastReads: (read.get(client) ?? []).map(({ type, day }) => ({ type, day })),
    };
  });
}

export interface CountedDays {
  sums: readonly Sum[];
  starts: Starts;
  reads: readonly LastRead[];
  through?: string;
}

export function scorecardOf(
  { tenant, from, to }: Days,
  { sums, starts, reads, through }: CountedDays,
): Scorecard {
  return {
    tenant,
    from,
    to,
    countedUntil: through ?? null,
    authorizations: authorizationsOf(sums),
    refreshes: refreshesOf(sums),
    firstData: {
      agreed: starts.agreed,
      reached: starts.reached,
      medianSeconds: starts.median,
      ninetyPercentSeconds: starts.ninety,
    },
    requests: requestsOf(sums),
    apps: appsOf(sums, reads),
  };
}
