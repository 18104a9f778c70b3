/** A calendar month in the plan's time zone, and its days. */

/** Audit trails are not kept for so long. */
const YEARS_BACK = 10;
const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

export interface CalendarMonth {
  /** `2026-05` */
  id: string;
  /** `2026-05-01` … */
  days: readonly string[];
  earlier?: string;
  later?: string;
}

/** @returns the day of an instant in a time zone, as `2026-05-03` */
function dayOf(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

const toId = (year: number, month: number): string =>
  new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7);

/** @param wanted from the address of the page, not checked; an invalid or future month means the current month */
export function calendarMonth(wanted: unknown, now: Date, timeZone: string): CalendarMonth {
  const current = dayOf(now, timeZone).slice(0, 7);
  const oldest = `${now.getUTCFullYear() - YEARS_BACK}-01`;
  const good = typeof wanted === 'string' && MONTH.test(wanted) && wanted <= current && wanted >= oldest;
  const id = good ? wanted : current;
  const [year, month] = id.split('-').map(Number) as [number, number];
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return {
    id,
    days: Array.from({ length: count }, (_, at) => `${id}-${String(at + 1).padStart(2, '0')}`),
    ...(id > oldest && { earlier: toId(year, month - 2) }),
    ...(id < current && { later: toId(year, month) }),
  };
}
