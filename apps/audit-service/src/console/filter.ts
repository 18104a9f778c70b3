/** What a page of the console is about: a period, and whom or what it is narrowed to. */
import { LANES } from '@patient-access/events';
import { invalid } from '@patient-access/fhir';

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
  /** of each lane, the number that no event is above, with dots between them: what was stored since is left out */
  upto?: string;
}

/** Query parameters by name. Each occurs at most once, and none is empty. */
export type Query = ReadonlyMap<string, string>;

const DAY_MS = 24 * 60 * 60 * 1000;
const USUAL_DAYS = 30;
const MAX_DAYS = 400;
const MAX_CHARACTERS = 320;
const UPTO = new RegExp(`^\\d{1,18}(\\.\\d{1,18}){${LANES - 1}}$`);
const DAY = /^\d{4}-\d{2}-\d{2}$/;
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

function zoneOf(query: Query): string {
  const zone = query.get('zone') ?? DEFAULT_ZONE;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone && zone;
  } catch {
    throw invalid('zone: must be the name of a time zone, such as America/Chicago.', 'zone');
  }
}

/** @returns undefined when the query has no such parameter */
function dayOf(query: Query, name: string): string | undefined {
  const day = query.get(name);
  if (day !== undefined && (!DAY.test(day) || Number.isNaN(Date.parse(`${day}T00:00:00Z`))))
    throw invalid(`${name}: must be a day, such as 2026-05-03.`, name);
  return day;
}

const shifted = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

const today = (zone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date());

/**
 * Reads the filter of a page. The period is the last thirty days when the address has none.
 *
 * @throws OperationError 400 naming the parameter that is wrong
 */
export function filterOf(query: Query): Filter {
  const zone = zoneOf(query);
  const to = dayOf(query, 'to') ?? today(zone);
  const from = dayOf(query, 'from') ?? shifted(to, 1 - USUAL_DAYS);
  if (from > to) throw invalid('from: must not be later than the last day.', 'from');
  if (shifted(from, MAX_DAYS) < to)
    throw invalid(`from: must be at most ${MAX_DAYS} days before the last day.`, 'from');
  const [member, client, upto] = ['patient', 'app', 'upto'].map((name) => query.get(name));
  if (upto !== undefined && !UPTO.test(upto)) throw invalid('upto: a number for each lane.', 'upto');
  return { from, to, zone, ...(member && { member }), ...(client && { client }), ...(upto && { upto }) };
}

/** Every day of the period, oldest first. */
export function daysOf({ from, to }: Filter): string[] {
  const count = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return Array.from({ length: count }, (_, at) => shifted(from, at));
}

/** The filter as the query of a link. */
export function linkOf({ member, client, ...rest }: Filter): URLSearchParams {
  return new URLSearchParams({ ...(member && { patient: member }), ...(client && { app: client }), ...rest });
}
