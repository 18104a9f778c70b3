import type pg from 'pg';
import { isToBeLeft, toldBy } from '../read-only-server.ts';
import { silentServer } from '../silent-server.ts';
import {
  type Column,
  messageReader,
  readColumns,
  readError,
  readParameter,
  readRow,
} from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';

/** One statement of a batch. */
export interface PipelinedStatement {
  /** set for statements that recur; a connection keeps those prepared that it used last */
  name?: string;
  text: string;
  values: unknown[];
  /** finds a row by its key, so quickly that other statements can wait behind it */
  byKey?: boolean;
  /** only sets what holds in its transaction, as columns of one SELECT; a pool adds its own settings to the first one */
  sets?: boolean;
  /** Whose batch it is: one statement of it says so. Shares take turns where statements may take long. */
  share?: string;
}

/** The part of node-postgres' connection that is needed after the login. */
interface Wire {
  stream: {
    write(bytes: Buffer): boolean;
    cork(): void;
    uncork(): void;
    destroy(error?: Error): void;
    removeAllListeners(event: 'data'): void;
    on(event: 'data', listener: (chunk: Buffer) => void): void;
  };
}

/** Statements that were sent with one Sync, and the results that have arrived so far. */
interface Batch {
  rows: Record<string, unknown>[][];
  /** of each statement the columns of its rows, as far as they are known */
  columns: Column[][];
  /** names of the statements that are being prepared, in order; '' for statements without a name */
  preparing: string[];
  /** index of the statement whose answer is arriving */
  at: number;
  /** milliseconds since the process started */
  sentAt: number;
  error?: Error;
  resolve(rows: Record<string, unknown>[][]): void;
  reject(error: Error): void;
}

/** A statement that the server keeps for this connection. */
interface Kept {
  columns: Column[];
  /** number of the batch that used it last; to keep the map in this order would cost each read 0.2 µs for each statement */
  usedBy: number;
}

/**
 * Each takes some 100 kB of the server's memory in each connection. Beyond this number the one that was used longest ago is closed.
 * A pooler keeps as many (docs/operate.md).
 */
const MOST_PREPARED = 200;

/** Time to read an answer that has arrived already. */
const GRACE_MS = 20;

/** Stored resources stay bytes. Decoding and encoding them again would take as long as sending them. */
const AS_BYTES = 'body';
const [DESCRIBED, NO_DATA, ROW, COMPLETE, ERROR, READY, PARAMETER] = 'TnDCEZS'
  .split('')
  .map((type) => type.charCodeAt(0));

/** A parameter in Postgres' text format. An array becomes an array literal. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return String(value);
  return `{${value.map((item) => `"${String(item).replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}

/**
 * A connection on which batches of statements follow one another without waiting for answers (PostgreSQL documentation,
 * "Pipelining" of the extended query protocol). Each batch ends with its own Sync and is one transaction. If it fails,
 * the other batches do not.
 */
export class PipelinedConnection {
  readonly closed: Promise<void>;
  /** called when the results of a batch are complete */
  onBatchDone: () => void = () => undefined;
  /** called when its server has not answered in time, before anybody hears of it */
  onSilent: () => void = () => undefined;
  private readonly client: pg.Client;
  private readonly wire: Wire;
  private readonly timeoutMs: number;
  private readonly writer = new MessageWriter();
  private readonly batches: Batch[] = [];
  private readonly prepared = new Map<string, Kept>();
  private batchNumber = 0;
  private readonly preparing = new Set<string>();
  private failure: Error | undefined;
  private corked = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param client connected; nothing else may use it from now on */
  constructor(client: pg.Client, timeoutMs: number) {
    this.client = client;
    this.timeoutMs = timeoutMs;
    this.wire = (client as unknown as { connection: Wire }).connection;
    this.wire.stream.removeAllListeners('data');
    const read = messageReader((type, content) => this.handle(type, content));
    this.wire.stream.on('data', read);
    this.closed = new Promise((resolve) => {
      client.on('error', (error) => this.fail(error));
      client.on('end', () => {
        this.fail(new Error('Connection terminated'));
        resolve();
      });
    });
  }

  /** batches whose results are not complete yet */
  get inFlight(): number {
    return this.batches.length;
  }

  /** After an error the state of the connection is unknown, so it is not used again. */
  get spent(): boolean {
    return this.failure !== undefined;
  }

  /** It is not to be used again, and somebody has to close it. */
  get isToBeLeft(): boolean {
    return !this.spent && isToBeLeft(this.client);
  }

  /** @returns the rows of each statement */
  run(statements: readonly PipelinedStatement[]): Promise<Record<string, unknown>[][]> {
    return new Promise((resolve, reject) => {
      const batch: Batch = {
        rows: statements.map(() => []),
        columns: [],
        preparing: [],
        at: 0,
        sentAt: performance.now(),
        resolve,
        reject,
      };
      this.batchNumber += 1;
      while (this.prepared.size > MOST_PREPARED) this.closeOldest();
      for (const statement of statements) this.add(statement, batch);
      this.writer.sync();
      this.batches.push(batch);
      this.send(this.writer.take());
      this.timer ??= setTimeout(() => this.checkTime(), this.timeoutMs);
    });
  }

  /** Breaks it off, because its server says nothing. Its batches fail. */
  drop(): void {
    this.failure ??= silentServer();
    this.wire.stream.destroy(silentServer());
  }

  /** Is not used again. It ends when all batches are complete, and at once without any: no answer of its server is awaited. */
  leave(): void {
    this.failure ??= new Error('Connection closed');
    if (this.batches.length === 0) this.wire.stream.destroy();
  }

  /** Closes the connection when all batches are complete. */
  async close(): Promise<void> {
    this.failure ??= new Error('Connection closed');
    if (this.batches.length === 0) await this.client.end().catch(() => undefined);
    else await this.closed;
  }

  /** It comes first in a batch: after an error the server would skip it. */
  private closeOldest(): void {
    let [oldest, usedBy] = ['', Infinity];
    for (const [name, kept] of this.prepared)
      if (kept.usedBy < usedBy) [oldest, usedBy] = [name, kept.usedBy];
    this.prepared.delete(oldest);
    this.writer.close(oldest);
  }

  private add({ name = '', text, values }: PipelinedStatement, batch: Batch): void {
    const kept = this.prepared.get(name);
    batch.columns.push(kept?.columns ?? []);
    if (kept) kept.usedBy = this.batchNumber;
    // Another batch is preparing this statement and may fail, so it is sent without a name.
    const named = kept || !this.preparing.has(name) ? name : '';
    if (!kept) {
      this.writer.parse(named, text);
      batch.preparing.push(named);
      if (named) this.preparing.add(named);
    }
    this.writer.bind(named, values.map(textOf));
    if (!kept) this.writer.describe();
    this.writer.execute();
  }

  /** Batches of the same turn of the event loop are sent in one write. */
  private send(bytes: Buffer): void {
    if (!this.corked) {
      this.corked = true;
      this.wire.stream.cork();
      setImmediate(() => {
        this.corked = false;
        this.wire.stream.uncork();
      });
    }
    this.wire.stream.write(bytes);
  }

  private handle(type: number, content: Buffer): void {
    if (type === PARAMETER) return toldBy(this.client, ...readParameter(content));
    const [batch] = this.batches;
    if (!batch) return;
    switch (type) {
      case DESCRIBED:
        return this.describe(batch, readColumns(content));
      case NO_DATA:
        return this.describe(batch, []);
      case ROW:
        batch.rows[batch.at]?.push(readRow(content, batch.columns[batch.at] ?? [], AS_BYTES));
        return;
      case COMPLETE:
        batch.at += 1;
        return;
      case ERROR:
        batch.error = readError(content);
        this.failure ??= batch.error;
        return;
      case READY:
        return this.finish(batch);
      default:
    }
  }

  /** Postgres has described a statement, so it is prepared now. */
  private describe(batch: Batch, columns: Column[]): void {
    batch.columns[batch.at] = columns;
    const name = batch.preparing.shift();
    if (!name) return;
    this.preparing.delete(name);
    this.prepared.set(name, { columns, usedBy: this.batchNumber });
  }

  private finish(batch: Batch): void {
    this.batches.shift();
    for (const name of batch.preparing) this.preparing.delete(name);
    if (batch.error) batch.reject(batch.error);
    else batch.resolve(batch.rows);
    this.onBatchDone();
    if (this.batches.length > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.failure) void this.client.end().catch(() => undefined);
  }

  /** @param waited the batch that was overdue at the previous check */
  private checkTime(waited?: Batch): void {
    const [oldest] = this.batches;
    if (!oldest) return void (this.timer = undefined);
    const left = oldest.sentAt + this.timeoutMs - performance.now();
    if (left > 0) this.timer = setTimeout(() => this.checkTime(), left);
    // If this process was busy, the answer may have arrived already and only has to be read.
    else if (waited !== oldest) this.timer = setTimeout(() => this.checkTime(oldest), GRACE_MS);
    else {
      this.onSilent();
      this.drop();
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    clearTimeout(this.timer);
    for (const batch of this.batches.splice(0)) batch.reject(error);
  }
}
