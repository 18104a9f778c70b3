/**
 * Dates are whole days since 1970-01-01, so that arithmetic is addition and nothing depends on a clock or a
 * time zone. The population is as it was on the anchor day, always.
 */
export const DAYS_PER_YEAR = 365;
const MILLISECONDS_PER_DAY = 86_400_000;

export function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / MILLISECONDS_PER_DAY;
}

/** "Today" of the population. */
export const ANCHOR_DAY = dayOf(2026, 6, 30);
/** The plan's records start here. */
export const HISTORY_START_DAY = dayOf(2023, 1, 1);

/** FHIR date, `YYYY-MM-DD`. */
export function isoDate(day: number): string {
  return new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}

/** FHIR instant or dateTime in UTC; `minutes` is the time of the day. */
export function isoInstant(day: number, minutes = 0): string {
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  return `${isoDate(day)}T${hours}:${String(minutes % 60).padStart(2, '0')}:00Z`;
}

export function yearOf(day: number): number {
  return new Date(day * MILLISECONDS_PER_DAY).getUTCFullYear();
}

/** Completed years of life on a day. */
export function ageOn(birthDay: number, day: number): number {
  const born = isoDate(birthDay);
  const then = isoDate(day);
  const years = Number(then.slice(0, 4)) - Number(born.slice(0, 4));
  return then.slice(5) < born.slice(5) ? years - 1 : years;
}
