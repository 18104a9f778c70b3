/** Rows for Postgres by COPY, which stores several times as fast as INSERT. */
import type pg from 'pg';

/** What `pg` calls while a statement runs (its interface for drivers of COPY). */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** One COPY, whose rows are all there. */
class Copy {
  private readonly text: string;
  private readonly rows: Buffer;
  private readonly done: (error?: Error) => void;
  private failed: Error | undefined;

  constructor(text: string, rows: Buffer, done: (error?: Error) => void) {
    this.text = text;
    this.rows = rows;
    this.done = done;
  }

  submit(connection: CopyConnection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.rows);
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {
    // The number of rows is known.
  }

  handleError(error: Error): void {
    this.failed = error;
    this.done(error);
  }

  handleReadyForQuery(): void {
    if (!this.failed) this.done();
  }
}

const ESCAPED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function asText(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  return String(value).replace(/[\\\n\r\t]/g, (character) => ESCAPED[character] ?? character);
}

/** @param table with its columns, as SQL: it is not escaped @param rows each with a value for each column */
export function copyRows(
  client: pg.Client,
  table: string,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const body = Buffer.from(rows.map((row) => `${row.map(asText).join('\t')}\n`).join(''));
  return new Promise((resolve, reject) => {
    const copy = new Copy(`COPY ${table} FROM STDIN`, body, (error) => (error ? reject(error) : resolve()));
    client.query(copy as unknown as pg.Submittable);
  });
}
