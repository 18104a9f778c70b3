/** Days on which the federal government works: no weekend, no holiday of 5 U.S.C. 6103. Days are texts, `yyyy-mm-dd`. */

const DAY_MS = 86_400_000;
const SUNDAY = 0;
const MONDAY = 1;
const THURSDAY = 4;
const SATURDAY = 6;

const dayAfter = (day: string, count = 1): string =>
  new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
const weekday = (day: string): number => new Date(day).getUTCDay();

/** Month and day. */
const FIXED = ['01-01', '06-19', '07-04', '11-11', '12-25'];
/** Month, weekday, and the day of the month from which one looks for it. */
const MOVING: readonly [string, number, string][] = [
  ['01', MONDAY, '15'],
  ['02', MONDAY, '15'],
  ['05', MONDAY, '25'],
  ['09', MONDAY, '01'],
  ['10', MONDAY, '08'],
  ['11', THURSDAY, '22'],
];

/** A holiday on a Saturday is kept on Friday, one on a Sunday on Monday. */
function kept(day: string): string {
  if (weekday(day) === SATURDAY) return dayAfter(day, -1);
  return weekday(day) === SUNDAY ? dayAfter(day) : day;
}

function holidaysOf(year: number): Set<string> {
  const moving = MOVING.map(([month, wanted, from]) => {
    const first = `${year}-${month}-${from}`;
    return dayAfter(first, (wanted - weekday(first) + 7) % 7);
  });
  // January 1 of the next year may be kept on December 31.
  return new Set([...FIXED.map((day) => kept(`${year}-${day}`)), kept(`${year + 1}-01-01`), ...moving]);
}

/** @returns the first business day after a day */
export function nextBusinessDay(day: string): string {
  const next = dayAfter(day);
  const isFree = [SATURDAY, SUNDAY].includes(weekday(next)) || holidaysOf(Number(next.slice(0, 4))).has(next);
  return isFree ? nextBusinessDay(next) : next;
}
