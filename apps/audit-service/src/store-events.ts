import { type EventBatch, type OpenedBatch, type OpenedRecord, transferOf } from '@patient-access/events';
import type pg from 'pg';
import { columnsOf } from './columns.ts';

/** A whole batch in one statement: trail.append finds what is new, chains it, stores it, and counts transfers. */
const APPEND = {
  name: 'append-batch',
  text: 'SELECT trail.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
};

/** A batch that its producer signed, the hashes of all its records, and those that are events. */
export type AcceptedBatch = Pick<OpenedBatch, 'hashes'> & {
  batch: EventBatch;
  records: readonly OpenedRecord[];
};

/**
 * Stores a batch, each (producer, number) once however often it comes: in the transaction of the caller, or in one of its own.
 */
export async function storeBatch(
  client: Pick<pg.Pool, 'query'>,
  { batch, hashes, records }: AcceptedBatch,
): Promise<void> {
  if (records.length === 0) return;
  const { producer, tenant, lane, kid, signature } = batch;
  const numbers = batch.records.map(({ sequence }) => sequence);
  const placeOf = new Map(numbers.map((number, at) => [number, at + 1]));
  const columns = records.map(({ event, sequence }) => {
    const { terms, ...rest } = columnsOf({ event, producer, number: sequence });
    return { ...rest, terms: `{${terms.join(',')}}`, transferred: transferOf(event) !== undefined };
  });
  const values = [
    ...[tenant, lane, producer, kid, signature, numbers, Buffer.from(hashes.join(''), 'hex')],
    records.map(({ sequence }) => placeOf.get(sequence)),
    JSON.stringify(columns),
    // One a line: JSON has no line break.
    records.map(({ text }) => text).join('\n'),
  ];
  await client.query({ ...APPEND, values });
}

/** SQLSTATE class 22 is a data exception: the same data will fail again in the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
