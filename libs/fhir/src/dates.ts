/** A half-open span of time, ISO 8601 UTC. `null` means that the span has no end on that side. */
export interface TimeSpan {
  low: string | null;
  high: string | null;
}

const DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?)?)?)?$/;

/** The ends of what Postgres and ISO 8601 write with four digits for the year, as FHIR does. */
const [FIRST, LAST] = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'];
const [FIRST_MS, LAST_MS] = [Date.parse(FIRST), Date.parse(LAST)];

/** @returns the instant in UTC, or the end of the calendar that it lies beyond */
export const instantWithin = (ms: number): string =>
  new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString();

const [FIRST_SAID_YEAR, LAST_SAID_YEAR] = ['1000', '9998'];

/** Systems write 0001-01-01 for no date, and 9999-12-31 for no end. @param text a date of FHIR */
export function saysNoDate(text: string): boolean {
  const year = text.slice(0, FIRST_SAID_YEAR.length);
  return year < FIRST_SAID_YEAR || year > LAST_SAID_YEAR;
}

function inRange(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/**
 * The span that a FHIR date, dateTime or instant stands for. It depends on the precision
 * (http://hl7.org/fhir/R4/search.html#date): `2026-03` is the whole month, and a time without seconds is the whole
 * minute. A time without a zone is read as UTC.
 *
 * @returns undefined when the text is not a date, e.g. `2020-13-45`
 */
export function dateSpan(text: string): { low: string; high: string } | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const part = (index: number) => (match[index] === undefined ? undefined : Number(match[index]));
  const [year = 0, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part);
  const valid =
    inRange(year, 1, 9999) &&
    inRange(month ?? 1, 1, 12) &&
    inRange(day ?? 1, 1, daysIn(year, month ?? 1)) &&
    inRange(hour ?? 0, 0, 23) &&
    inRange(minute ?? 0, 0, 59) &&
    inRange(second ?? 0, 0, 60);
  if (!valid) return undefined;
  const fraction = (match[7] ?? '').padEnd(3, '0').slice(0, 3);
  const at = (y: number, mo: number, d: number, h: number, mi: number, ms: number) => {
    // Date.UTC takes a year below 100 for one of the last century.
    const day = new Date(0).setUTCFullYear(y, mo, d);
    return new Date(day).setUTCHours(h, mi - offsetMinutes(match[8]), 0, ms);
  };
  const millisecond = (second ?? 0) * 1000 + Number(fraction || 0);
  const low = at(year, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, millisecond);
  const high =
    month === undefined
      ? at(year + 1, 0, 1, 0, 0, 0)
      : day === undefined
        ? at(year, month, 1, 0, 0, 0)
        : hour === undefined
          ? low + 86_400_000
          : low + (second === undefined ? 60_000 : match[7] ? 1 : 1_000);
  return { low: instantWithin(low), high: instantWithin(high) };
}

/** A day, or a time with its offset. */
const MOMENT = /^\d{4}-\d\d-\d\d(?:T.+(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * The instant that a person names in a command: a time with its offset, or a day, which begins in UTC. `Date.parse` takes
 * February 30 for March 2, and a time without an offset for one of the machine's own zone.
 *
 * @returns undefined for anything else, and for a day that no calendar has
 */
export function parseInstant(text: string): Date | undefined {
  const span = MOMENT.test(text) ? dateSpan(text) : undefined;
  return span && new Date(span.low);
}

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * The outer limits of a Timing, whatever it schedules between them (http://hl7.org/fhir/R4/search.html#date).
 *
 * @returns undefined when the Timing names no time
 */
export function timingSpan(timing: { event?: unknown; repeat?: unknown }): TimeSpan | undefined {
  const events = Array.isArray(timing.event) ? timing.event.filter(isText) : [];
  const { boundsPeriod } = (timing.repeat ?? {}) as { boundsPeriod?: object | null };
  const bounds = boundsPeriod ? periodSpan(boundsPeriod) : undefined;
  const spans: TimeSpan[] = [
    ...events.flatMap((event) => dateSpan(event) ?? []),
    ...(bounds ? [bounds] : []),
  ];
  if (spans.length === 0) return undefined;
  const [lows, highs] = [spans.map(({ low }) => low), spans.map(({ high }) => high)];
  return {
    low: lows.includes(null) ? null : (lows.sort()[0] ?? null),
    high: highs.includes(null) ? null : (highs.sort().at(-1) ?? null),
  };
}

/** The span of a Period. A day without a time counts as the whole day, and a missing end as unlimited. */
export function periodSpan(period: { start?: unknown; end?: unknown }): TimeSpan | undefined {
  const start = typeof period.start === 'string' ? dateSpan(period.start) : undefined;
  const end = typeof period.end === 'string' ? dateSpan(period.end) : undefined;
  if (!start && !end) return undefined;
  return { low: start?.low ?? null, high: end?.high ?? null };
}
