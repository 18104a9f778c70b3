/**
 * For how long a member can let an app in. It is never longer than the app asked for, and never longer than the plan
 * allows.
 */
import {
  ACCESS_TOKEN_SECONDS,
  ONCE_SECONDS,
  ONLINE_GRANT_SECONDS,
  SESSION_SECONDS,
} from '../grants/lifetimes.ts';
import type { RequestedAccess } from './requested-access.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** The duration that is preselected. */
const USUAL_DAYS = 90;
const LONG_MONTHS = 13;

/** One choice on the page. */
export type Duration =
  /** for one access token, without a refresh token */
  | { id: 'once'; unit: 'minutes'; count: number }
  /**
   * while the member is logged in (`online_access`): this many minutes after each login, and never longer than
   * `hours`
   */
  | { id: 'session'; unit: 'minutes'; count: number; hours: number }
  /** with a refresh token (`offline_access`), until an instant (ISO 8601) that is fixed when the page is made */
  | { id: string; unit: 'days' | 'months'; count: number; until: string };

const ONCE: Duration = { id: 'once', unit: 'minutes', count: Math.floor(ACCESS_TOKEN_SECONDS / 60) };
const SESSION: Duration = {
  id: 'session',
  unit: 'minutes',
  count: Math.floor(SESSION_SECONDS / 60),
  hours: Math.floor(ONLINE_GRANT_SECONDS / 3_600),
};

function inDays(at: Date, days: number): Duration {
  const until = new Date(at.getTime() + days * DAY_MS).toISOString();
  return { id: `${days}-days`, unit: 'days', count: days, until };
}

/** The same day of the month 13 months later, or the last day of that month where it has no such day. */
function inMonths(at: Date, months: number): Duration {
  const until = new Date(at);
  until.setUTCMonth(until.getUTCMonth() + months);
  if (until.getUTCDate() !== at.getUTCDate()) until.setUTCDate(0);
  return { id: `${months}-months`, unit: 'months', count: months, until: until.toISOString() };
}

function lasting(at: Date, maxDays: number): Duration[] {
  if (maxDays < 1) return [];
  const usual = inDays(at, Math.min(USUAL_DAYS, maxDays));
  if (maxDays <= USUAL_DAYS) return [usual];
  const long = inMonths(at, LONG_MONTHS);
  const longest = inDays(at, maxDays);
  return [usual, 'until' in long && 'until' in longest && long.until > longest.until ? longest : long];
}

/**
 * @param at when the page is made
 * @param maxDays the plan's limit
 * @param endsAt when the member's data is no longer seen in any case, ISO 8601
 * @returns the choices, shortest first; the second one, if there is one, is preselected
 */
export function durationsFor(
  { offline, online }: Pick<RequestedAccess, 'offline' | 'online'>,
  at: Date,
  maxDays: number,
  endsAt?: string,
): Duration[] {
  const left = endsAt === undefined ? maxDays : Math.floor((Date.parse(endsAt) - at.getTime()) / DAY_MS);
  if (offline) return [ONCE, ...lasting(at, Math.min(maxDays, left))];
  return online ? [ONCE, SESSION] : [ONCE];
}

/** @returns the choice of a member who changes nothing */
export function preselected(durations: readonly Duration[]): Duration | undefined {
  return durations[1] ?? durations[0];
}

/**
 * When a grant ends, in seconds since the epoch: at the instant on the page, or the duration after the decision.
 *
 * @param now in milliseconds since the epoch
 */
export function endOf(duration: Duration, now: number): number {
  if ('until' in duration) return Math.floor(Date.parse(duration.until) / 1000);
  return Math.floor(now / 1000) + (duration.id === 'once' ? ONCE_SECONDS : ONLINE_GRANT_SECONDS);
}

/** Scopes that let an app continue after its first access token. */
const LASTING_SCOPES = new Set(['offline_access', 'online_access']);

/** Removes the scopes that last longer from a grant for one time. */
export function scopeFor(duration: Duration, scope: string): string {
  if (duration.id !== 'once') return scope;
  return scope
    .split(' ')
    .filter((text) => !LASTING_SCOPES.has(text))
    .join(' ');
}
