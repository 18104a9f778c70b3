import type { EventBatch, OpenedBatch, OpenedRecord } from '@patient-access/events';
import type pg from 'pg';
import { columnsOf } from './columns.ts';
import { countTransfers } from './transfers.ts';

/** A whole batch in one statement: trail.append finds what is new, chains it and stores it. */
const APPEND = {
  name: 'append-batch',
  text: 'SELECT trail.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
};

/** A batch that its producer signed, the hashes of all its records, and those that are events. */
export type AcceptedBatch = Pick<OpenedBatch, 'hashes'> & {
  batch: EventBatch;
  records: readonly OpenedRecord[];
};

/** Stores a batch in a transaction of the caller's, each (producer, number) once however often it comes. */
export async function storeBatch(
  client: pg.PoolClient,
  { batch, hashes, records }: AcceptedBatch,
): Promise<void> {
  if (records.length === 0) return;
  const { producer, tenant, lane, kid, signature } = batch;
  const numbers = batch.records.map(({ sequence }) => sequence);
  const placeOf = new Map(numbers.map((number, at) => [number, at + 1]));
  const columns = records.map(({ event, sequence }) => {
    const { terms, ...rest } = columnsOf({ event, producer, number: sequence });
    return { ...rest, terms: `{${terms.join(',')}}` };
  });
  const values = [
    ...[tenant, lane, producer, kid, signature, numbers, Buffer.from(hashes.join(''), 'hex')],
    records.map(({ sequence }) => placeOf.get(sequence)),
    JSON.stringify(columns),
    // One a line: JSON has no line break.
    records.map(({ text }) => text).join('\n'),
  ];
  await client.query({ ...APPEND, values });
  await countTransfers(
    client,
    tenant,
    records.map(({ event }) => event),
  );
}

/** SQLSTATE class 22 is a data exception: the same data will fail again in the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
