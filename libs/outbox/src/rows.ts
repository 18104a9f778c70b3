/**
 * Statements on the table `outbox`. The primary key is all that they need: (producer, sequence). A row that its producer
 * wrote has both from the start. A row that another transaction inserted has {@link NOBODY} as its producer, and its place
 * among these as its sequence.
 */
import { laneOf, type SequenceRange } from '@patient-access/events';
import { TENANT_ID } from '@patient-access/fhir';
import type { Writer } from '@patient-access/database';
import type pg from 'pg';

/** The producer of rows that have no number yet. It is the default of the column. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** The tenant of a row that names none. audit-service keeps such a record as a dead letter, for a person. */
const UNREADABLE = 'unreadable';

/** An event with its number. */
export interface NumberedEvent {
  sequence: number;
  /** the record */
  text: string;
  tenant: string;
  lane: number;
  /** see BatchRecord; lost when the event is read from the table again */
  traceparent?: string;
}

type Queryable = Pick<pg.Pool, 'query'>;
type Row = { sequence: string; body: string };

/** One parameter holds all records, one a line: JSON has no line break. */
const INSERT = {
  name: 'outbox-insert',
  text: `INSERT INTO outbox (producer, sequence, body)
         SELECT $1, $2 + r.nth, r.body FROM string_to_table($3, E'\\n') WITH ORDINALITY AS r (body, nth)`,
};

/**
 * Rows that another relay is numbering are skipped. Rows of transactions that commit later are found later, whatever
 * their place is.
 */
const NUMBER = {
  name: 'outbox-number',
  text: `WITH next AS (
           SELECT sequence FROM outbox WHERE producer = '${NOBODY}'
            ORDER BY sequence LIMIT $3 FOR UPDATE SKIP LOCKED),
         placed AS (SELECT sequence, row_number() OVER (ORDER BY sequence) AS nth FROM next)
         UPDATE outbox o SET producer = $1, sequence = $2 + p.nth FROM placed p
          WHERE o.producer = '${NOBODY}' AND o.sequence = p.sequence
         RETURNING o.sequence, o.body`,
};

const READ = {
  name: 'outbox-read',
  text: `SELECT sequence, body FROM outbox WHERE producer = $1 AND sequence BETWEEN $2 AND $3
          ORDER BY sequence LIMIT $4`,
};

const SEQUENCES = {
  name: 'outbox-sequences',
  text: 'SELECT sequence FROM outbox WHERE producer = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence',
};

/** Where events of plans wait whose trail takes none, what is stored lies between them, in as many ranges as there are. */
const FEW_RANGES = 16;

/** Compares each range with all waiting rows, unless the planner knows how many these are: for few ranges. */
const DELETE = {
  name: 'outbox-delete',
  text: `DELETE FROM outbox o USING unnest($2::bigint[], $3::bigint[]) AS stored (first, last)
          WHERE o.producer = $1 AND o.sequence BETWEEN stored.first AND stored.last`,
};

const DELETE_EACH = {
  name: 'outbox-delete-each',
  text: 'DELETE FROM outbox WHERE producer = $1 AND sequence = ANY ($2::bigint[])',
};

const NEXT_PRODUCER = {
  name: 'outbox-next-producer',
  text: `SELECT producer FROM outbox WHERE producer > $1 ORDER BY producer LIMIT 1`,
};

/** Where an event belongs, as its record says. */
function placeOf(record: string): { tenant: string; lane: number } {
  try {
    const { tenant, member } = JSON.parse(record) as { tenant?: unknown; member?: unknown };
    if (typeof tenant === 'string' && TENANT_ID.test(tenant))
      return { tenant, lane: laneOf({ tenant, ...(typeof member === 'string' && { member }) }) };
  } catch {
    // It is no record; what is sent of it becomes a dead letter.
  }
  return { tenant: UNREADABLE, lane: 0 };
}

/** The driver returns `bigint` as text. A sequence number stays far below 2^53, so it fits a JavaScript number. */
const numbered = ({ sequence, body }: Row): NumberedEvent => ({
  sequence: Number(sequence),
  text: body,
  ...placeOf(body),
});

/** Inserts records with the numbers that follow `last`, in one statement that is one transaction. */
export const insertNumbered = (
  writer: Writer,
  producer: string,
  last: number,
  records: readonly string[],
): Promise<void> => writer.run({ ...INSERT, values: [producer, last, records.join('\n')] });

/** Gives the numbers that follow `last` to at most `limit` rows that have none. @returns these, in order */
export async function numberRows(
  db: Queryable,
  producer: string,
  last: number,
  limit: number,
): Promise<NumberedEvent[]> {
  const { rows } = await db.query<Row>({ ...NUMBER, values: [producer, last, limit] });
  return rows.map(numbered).sort((one, other) => one.sequence - other.sequence);
}

/** @returns at most `limit` rows of a range, in order */
export async function readEvents(
  db: Queryable,
  producer: string,
  [first, last]: SequenceRange,
  limit: number,
): Promise<NumberedEvent[]> {
  return (await db.query<Row>({ ...READ, values: [producer, first, last, limit] })).rows.map(numbered);
}

/** @returns which numbers of a range have a row, in order */
export async function readSequences(
  db: Queryable,
  producer: string,
  range: SequenceRange,
): Promise<number[]> {
  const { rows } = await db.query<Pick<Row, 'sequence'>>({ ...SEQUENCES, values: [producer, ...range] });
  return rows.map(({ sequence }) => Number(sequence));
}

/**
 * Deletes the rows that the audit store has.
 *
 * @param stored of one delivery or one question to the store: some thousand numbers
 * @returns the number of deleted rows
 */
export async function deleteStored(
  db: Queryable,
  producer: string,
  stored: readonly SequenceRange[],
): Promise<number> {
  if (stored.length === 0) return 0;
  if (stored.length > FEW_RANGES) {
    const each = stored.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, at) => first + at),
    );
    return (await db.query({ ...DELETE_EACH, values: [producer, each] })).rowCount ?? 0;
  }
  const values = [producer, stored.map(([first]) => first), stored.map(([, last]) => last)];
  return (await db.query({ ...DELETE, values })).rowCount ?? 0;
}

/** @returns the producers that have rows */
export async function* producersWithRows(db: Queryable): AsyncGenerator<string> {
  for (let after: string = NOBODY; ;) {
    const { rows } = await db.query<{ producer: string }>({ ...NEXT_PRODUCER, values: [after] });
    if (!rows[0]) return;
    after = rows[0].producer;
    yield after;
  }
}
