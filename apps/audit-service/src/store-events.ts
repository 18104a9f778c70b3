import { randomUUID } from 'node:crypto';
import { type EventBatch, type OpenedBatch, type OpenedRecord, transferOf } from '@patient-access/events';
import type pg from 'pg';
import { type Columns, columnsOf } from './columns.ts';

/** What is stored of an event. The number of values and their order are those of the texts of trail.append. */
const valuesOf = (of: Columns, { event, text }: OpenedRecord): (string | null)[] => [
  ...[of.id, of.recorded, of.member, of.kind, of.act, of.outcome, of.reason, of.service],
  ...[of.client, of.login, of.grant_id, String(of.disclosed), of.audience && literal(of.audience)],
  ...[`{${of.terms.join(',')}}`, String(transferOf(event) !== undefined), text],
];
const VALUES = 16;
const literal = (labels: readonly string[]): string =>
  `{${labels.map((label) => `"${label.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;

const PARAMETERS = 9 + VALUES;
/**
 * Batches in one statement: trail.append finds what is new of each, chains it to its lane, stores it, and counts transfers.
 * Its price is for the most part that of a call, so that a delivery is stored in as few of them as possible.
 */
const APPEND = {
  name: 'append-batches',
  text: `SELECT trail.append(${Array.from({ length: PARAMETERS }, (_, at) => `$${at + 1}`).join(', ')})`,
};

/** A batch that its producer signed, the hashes of all its records, and those that are events. */
export type AcceptedBatch = Pick<OpenedBatch, 'hashes'> & {
  batch: EventBatch;
  records: readonly OpenedRecord[];
};

/**
 * The values of each column as one text. What separates them, and what stands for null, occurs in none of them: a record is
 * one line, and what a client chose may hold a line break.
 */
function joined(rows: readonly (readonly (string | null)[])[]): string[] {
  const clash = (value: string | null) => value !== null && (value.includes('\n') || value === '\\N');
  const isPlain = !rows.some((row) => row.some(clash));
  const [separator, nothing] = isPlain ? ['\n', '\\N'] : [`\n${randomUUID()}\n`, randomUUID()];
  // A separator at the end: Postgres takes a text that is empty for no value at all. What stands behind it is of no event.
  const texts = Array.from({ length: VALUES }, (_, at) =>
    rows.map((row) => `${row[at] ?? nothing}${separator}`).join(''),
  );
  return [separator, nothing, ...texts];
}

/**
 * Stores batches of one tenant and one producer, none with a number of another: each (producer, number) once however often
 * it comes. It does so in the transaction of the caller, or in one of its own.
 */
export async function storeBatches(
  client: Pick<pg.Pool, 'query'>,
  accepted: readonly AcceptedBatch[],
): Promise<void> {
  const filled = accepted.filter(({ records }) => records.length > 0);
  const [first] = filled;
  if (!first) return;
  const { tenant, producer } = first.batch;
  const numbers = filled.flatMap(({ batch }) => batch.records.map(({ sequence }) => sequence));
  const placeOf = new Map(numbers.map((number, at) => [number, at + 1]));
  const records = filled.flatMap((each) => each.records);
  const placed = (record: OpenedRecord) =>
    valuesOf(columnsOf({ event: record.event, producer, number: record.sequence }), record);
  const values = [
    tenant,
    producer,
    JSON.stringify(
      filled.map(({ batch: { lane, kid, signature, records: of } }) => ({
        lane,
        kid,
        signature,
        size: of.length,
      })),
    ),
    numbers,
    Buffer.from(filled.flatMap(({ hashes }) => hashes).join(''), 'hex'),
    records.map(({ sequence }) => placeOf.get(sequence)),
    filled.flatMap((each, at) => each.records.map(() => at + 1)),
    ...joined(records.map(placed)),
  ];
  await client.query({ ...APPEND, values });
}

/** {@link storeBatches} of one. */
export const storeBatch = (client: Pick<pg.Pool, 'query'>, accepted: AcceptedBatch): Promise<void> =>
  storeBatches(client, [accepted]);

/**
 * SQLSTATE classes of what fails again in the same way with the same data: a data exception, and a limit of the program,
 * such as a row that is too large for an index.
 */
const UNSTORABLE = /^(?:22|54)/;

export const isUnstorable = (error: unknown): boolean =>
  UNSTORABLE.test(String((error as { code?: unknown }).code ?? ''));
