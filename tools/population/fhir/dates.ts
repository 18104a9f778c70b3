/**
 * Dates are whole days since 1970-01-01, so that arithmetic is addition and nothing depends on a clock or a
 * time zone. Who asks for a population says which day is today in it.
 */
export const DAYS_PER_YEAR = 365;
const MILLISECONDS_PER_DAY = 86_400_000;

export function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / MILLISECONDS_PER_DAY;
}

/** "Today" of a population for which nobody names a day: tests and documents have the same one always. */
export const USUAL_TODAY = '2026-06-30';
/** The plans, their contracts and their products are there since this day. */
export const PLANS_START_DAY = dayOf(2023, 1, 1);

/** @param date `YYYY-MM-DD` */
export function dayFrom(date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return dayOf(year, month, day);
}

/** Members' records begin with the third year before this one. */
export const historyStartDay = (today: number): number => dayOf(yearOf(today) - 3, 1, 1);

/** The first of the month. */
export const monthStart = (day: number): number => dayFrom(`${isoDate(day).slice(0, 7)}-01`);

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
