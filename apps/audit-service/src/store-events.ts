import { randomUUID } from 'node:crypto';
import { type EventBatch, type OpenedBatch, type OpenedRecord, transferOf } from '@patient-access/events';
import type pg from 'pg';
import { type Columns, columnsOf } from './columns.ts';

/** The texts of trail.append, in its order: columns of trail.audit_event, and whether the yearly report counts the event. */
const FIELDS = [
  ...([
    'id',
    'recorded',
    'member',
    'kind',
    'act',
    'outcome',
    'reason',
    'service',
    'client',
    'login',
  ] as const),
  ...(['grant_id', 'disclosed', 'audience', 'terms', 'transferred', 'record'] as const),
];
type Field = (typeof FIELDS)[number];

const PARAMETERS = 9 + FIELDS.length;
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

/** A character that no text of Postgres can hold, or half of one: the same data would fail again. */
class Unstorable extends Error {
  readonly code = '22021';
}

const literal = (labels: readonly string[]): string =>
  `{${labels.map((label) => `"${label.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;

const fieldsOf = (
  { audience, terms, ...columns }: Columns,
  { event, text }: OpenedRecord,
): Record<Field, string | null> => ({
  ...columns,
  disclosed: String(columns.disclosed),
  audience: audience && literal(audience),
  terms: `{${terms.join(',')}}`,
  transferred: String(transferOf(event) !== undefined),
  record: text,
});

/**
 * The values of each field as one text. What separates them, and what stands for null, occurs in none of them: a record is one
 * line, and what a client chose may hold a line break.
 */
function joined(rows: readonly Record<Field, string | null>[]): string[] {
  const clash = (value: string | null) => value !== null && (value.includes('\n') || value === '\\N');
  const isPlain = !rows.some((row) => FIELDS.some((field) => clash(row[field])));
  const [separator, nothing] = isPlain ? ['\n', '\\N'] : [`\n${randomUUID()}\n`, randomUUID()];
  const texts = FIELDS.map((field) => rows.map((row) => row[field] ?? nothing).join(separator));
  if (!texts.every((text) => text.isWellFormed())) throw new Unstorable('half of a surrogate pair');
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
    fieldsOf(columnsOf({ event: record.event, producer, number: record.sequence }), record);
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

/** SQLSTATE class 22 is a data exception: the same data will fail again in the same way. */
export function isUnstorable(error: unknown): boolean {
  return String((error as { code?: unknown }).code ?? '').startsWith('22');
}
