/** The months of a made trail, and the tables that they have. */

export interface Month {
  table: string;
  /** first moment, UTC */
  from: Date;
  /** first moment of the next month, UTC */
  to: Date;
}

/** @param stored ISO 8601, UTC @returns the name of the table, in the schema `trail`, of what is stored then */
export const monthTable = (stored: string): string => `audit_event_${stored.slice(0, 7).replace('-', '_')}`;

/** @returns the month of the last event, and so many before it. On the first of a month the last event is in the month before */
export function monthsUpTo(last: Date, before: number): Month[] {
  const at = (months: number) => new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + months));
  return Array.from({ length: before + 1 }, (_, nth) => {
    const [from, to] = [at(-nth), at(1 - nth)];
    return { table: monthTable(from.toISOString()), from, to };
  });
}
