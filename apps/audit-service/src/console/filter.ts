/** What a page of the console is about: a period, and whom or what it is narrowed to. */
import { LANES } from '@patient-access/events';
import { asRecorded } from './recorded-forms.ts';
import { invalid } from '@patient-access/fhir';
import { isTimeZone } from '@patient-access/internal-api';

export interface Filter {
  /** first and last day, inclusive, as `2026-05-03` */
  from: string;
  to: string;
  /** IANA name of the time zone of the days */
  zone: string;
  /** Patient id */
  member?: string;
  /** client id */
  client?: string;
  /** subject of a login, of a member or of staff */
  login?: string;
  /** name of an administrator, as entries have it */
  administrator?: string;
  /** network address of the caller */
  address?: string;
  outcome?: Outcome;
  /** kind of event, with a slash and an act behind it or without: `consent/revoke`, `login` */
  action?: string;
  reason?: string;
  /** request id */
  request?: string;
  /** a resource that was disclosed: `Claim/7`, or a version of it: `Claim/7/_history/2` */
  resource?: string;
  /** of each lane, the number that no event is above, with dots between them: what was stored since is left out */
  upto?: string;
  /** the service that recorded it: chosen by the question, never asked for */
  service?: string;
  /** when the last event of the period was stored: found out, never asked for */
  latest?: Date;
}

const OUTCOMES = ['given', 'refused', 'failed', 'interrupted'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** By name of its query parameter, where that is another name, what a filter is narrowed to. */
const NARROWED = {
  patient: 'member',
  app: 'client',
  login: 'login',
  administrator: 'administrator',
  address: 'address',
  outcome: 'outcome',
  action: 'action',
  reason: 'reason',
  request: 'request',
  resource: 'resource',
  upto: 'upto',
} as const satisfies Record<string, keyof Filter>;

/** Query parameters by name. Each occurs at most once, and none is empty. */
export type Query = ReadonlyMap<string, string>;

const DAY_MS = 24 * 60 * 60 * 1000;
const USUAL_DAYS = 30;
/** More than a year; a page's chart has a bar for each day. */
const MAX_DAYS = 400;
/** Six years, as an accounting reaches (45 CFR 164.528(a)). */
export const SIX_YEARS = 2_192;
const MAX_CHARACTERS = 320;
const UPTO = new RegExp(`^\\d{1,18}(\\.\\d{1,18}){${LANES - 1}}$`);
/** Years in which there can be a trail, and of which Postgres knows all days before and after. */
const DAY = /^[12]\d{3}-\d{2}-\d{2}$/;
const PAGE_PERIOD: PeriodLimits = { usual: USUAL_DAYS, most: MAX_DAYS };
/** An accounting reaches six years, and so does what it is compared with. */
export const FILE_PERIOD: PeriodLimits = { usual: USUAL_DAYS, most: SIX_YEARS };
const DEFAULT_ZONE = 'America/New_York';

/** @throws OperationError 400 for a parameter that occurs twice or is too long */
export function parseQuery(search: string): Query {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    if (query.has(name) || value.length > MAX_CHARACTERS || /\p{Cc}/u.test(value))
      throw invalid(`${name}: may be given once, with at most ${MAX_CHARACTERS} characters.`, name);
    if (value.trim() !== '') query.set(name, value.trim());
  }
  return query;
}

/** @throws OperationError 400 for what is no time zone, or an offset */
function zoneOf(query: Query): string {
  const zone = query.get('zone') ?? DEFAULT_ZONE;
  if (!isTimeZone(zone))
    throw invalid('zone: must be the name of a time zone, such as America/Chicago, or UTC.', 'zone');
  return zone;
}

/** Is it a day of the calendar? `Date.parse` takes February 30 for March 2. */
export function isDay(text: string): boolean {
  const at = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** @returns undefined when the query has no such parameter */
function dayOf(query: Query, name: string): string | undefined {
  const day = query.get(name);
  if (day !== undefined && !isDay(day)) throw invalid(`${name}: must be a day, such as 2026-05-03.`, name);
  return day;
}

const shifted = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

const today = (zone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date());

/** The period of an accounting for which nobody has chosen one: six years up to today. */
export function sixYears({ zone }: Pick<Filter, 'zone'>): Pick<Filter, 'from' | 'to' | 'zone'> {
  const to = today(zone);
  return { from: shifted(to, 1 - SIX_YEARS), to, zone };
}

/** How long the period of an answer may be, and how long it is when the address has none. */
export interface PeriodLimits {
  usual: number;
  most: number;
}

/**
 * Reads the filter of a page. The period is the last thirty days when the address has none.
 *
 * @throws OperationError 400 naming the parameter that is wrong
 */
export function filterOf(query: Query, { usual, most }: PeriodLimits = PAGE_PERIOD): Filter {
  const zone = zoneOf(query);
  const to = dayOf(query, 'to') ?? today(zone);
  const from = dayOf(query, 'from') ?? shifted(to, 1 - usual);
  if (from > to) throw invalid('from: must not be later than the last day.', 'from');
  if (shifted(from, most) < to)
    throw invalid(`from: must be at most ${most} days before the last day.`, 'from');
  const narrowed = Object.entries(NARROWED).flatMap(([parameter, name]) => {
    const value = query.get(parameter);
    return value === undefined ? [] : [[name, asRecorded(parameter, value)]];
  });
  const filter = { from, to, zone, ...Object.fromEntries(narrowed) } as Filter;
  if (filter.upto !== undefined && !UPTO.test(filter.upto))
    throw invalid('upto: a number for each lane.', 'upto');
  if (filter.login !== undefined && filter.administrator !== undefined)
    throw invalid('administrator: a login is none. Ask for one of them.', 'administrator');
  if (filter.outcome !== undefined && !OUTCOMES.includes(filter.outcome))
    throw invalid(`outcome: one of ${OUTCOMES.join(', ')}.`, 'outcome');
  return filter;
}

/** Every day of the period, oldest first. */
export function daysOf({ from, to }: Filter): string[] {
  const count = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return Array.from({ length: count }, (_, at) => shifted(from, at));
}

/** The filter as the query of a link. */
export function linkOf(filter: Filter): URLSearchParams {
  const { from, to, zone } = filter;
  const narrowed = Object.entries(NARROWED).flatMap(([parameter, name]) => {
    const value = filter[name];
    return value === undefined ? [] : [[parameter, value]];
  });
  return new URLSearchParams({ from, to, zone, ...Object.fromEntries(narrowed) });
}

const NOT_NARROWING: ReadonlySet<string> = new Set(['from', 'to', 'zone', 'upto']);

/** What a file is about, for its last line: the period, and all that it is narrowed to, as an address says it. */
export function filterInWords(filter: Filter): string {
  const { from, to, zone } = filter;
  const narrowed = [...linkOf(filter)].filter(([name]) => !NOT_NARROWING.has(name));
  const all = narrowed.map(([name, value]) => ` ${name}=${value}`).join();
  return `from ${from} to ${to} (${zone})${all && `, narrowed to${all}`}`;
}

/** The period alone: what a question does not ask about must not narrow its answer. */
export const withoutNarrowing = ({ from, to, zone }: Filter): Pick<Filter, 'from' | 'to' | 'zone'> => ({
  from,
  to,
  zone,
});
