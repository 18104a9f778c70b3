import { type AccessEvent, recordOf } from '@patient-access/events';

/**
 * SQL that inserts events, as a part of the statement that does what the events report. A relay gives them numbers.
 *
 * @param rows SQL that yields one column, the records ({@link recordOf})
 */
export const recordFrom = (rows: string): string => `INSERT INTO outbox (body) ${rows}`;

/**
 * The insert of some events, for the transaction that does what the events report. A relay finds the rows by itself.
 *
 * @param events at least one
 */
export function recordStatement(events: readonly AccessEvent[]): { text: string; values: string[] } {
  const rows = events.map((_, at) => `($${at + 1})`);
  return { text: recordFrom(`VALUES ${rows.join(',')}`), values: events.map(recordOf) };
}
