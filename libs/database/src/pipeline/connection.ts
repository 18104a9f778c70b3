import type pg from 'pg';
import { type Column, messageReader, readColumns, readError, readRow } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';

/** One of a train's statements. */
export interface PipelinedStatement {
  /** set for shapes that recur, which are then prepared once per connection */
  name?: string;
  text: string;
  values: unknown[];
  /** finds a row by its key: so short that others can wait behind it */
  byKey?: boolean;
}

/** The part of node-postgres' connection that is needed once it has logged in. */
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

/** Statements that were sent with one Sync, and what has come back of them. */
interface Train {
  rows: Record<string, unknown>[][];
  /** names of the statements, '' for those without */
  names: string[];
  /** names under which statements are being prepared, in their order; '' for those that are for once */
  preparing: string[];
  /** the statement whose answer is coming in */
  at: number;
  columns: Column[];
  /** milliseconds since the process began */
  sentAt: number;
  error?: Error;
  resolve(rows: Record<string, unknown>[][]): void;
  reject(error: Error): void;
}

/** Time to read what has arrived. */
const GRACE_MS = 20;

/** Stored resources stay the bytes that they are: to decode and encode them again costs as much as to send them. */
const AS_BYTES = 'body';
const [DESCRIBED, NO_DATA, ROW, COMPLETE, ERROR, READY] = ['T', 'n', 'D', 'C', 'E', 'Z'].map((type) =>
  type.charCodeAt(0),
);

/** A parameter in Postgres' text format; an array is its literal. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return String(value);
  return `{${value.map((item) => `"${String(item).replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}

/**
 * A connection on which trains of statements follow one another without waiting for answers (PostgreSQL documentation,
 * "Pipelining" of the extended query protocol). Each train ends with a Sync of its own and is one transaction: nothing of
 * it is seen by the next, and its failure fails no other.
 */
export class PipelinedConnection {
  readonly closed: Promise<void>;
  /** called whenever a train has been answered */
  onAnswer: () => void = () => undefined;
  private readonly client: pg.Client;
  private readonly wire: Wire;
  private readonly timeoutMs: number;
  private readonly writer = new MessageWriter();
  private readonly trains: Train[] = [];
  /** what each prepared statement gives */
  private readonly prepared = new Map<string, Column[]>();
  private readonly preparing = new Set<string>();
  private failure: Error | undefined;
  private corked = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param client connected, and used for nothing else from now on */
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

  /** trains that have not been answered */
  get inFlight(): number {
    return this.trains.length;
  }

  /** Is it of no more use? After an error a connection's state is not worth reasoning about. */
  get spent(): boolean {
    return this.failure !== undefined;
  }

  /** @returns the rows of each statement */
  run(statements: readonly PipelinedStatement[]): Promise<Record<string, unknown>[][]> {
    return new Promise((resolve, reject) => {
      const train: Train = {
        rows: statements.map(() => []),
        names: statements.map(({ name = '' }) => name),
        preparing: [],
        at: 0,
        columns: [],
        sentAt: performance.now(),
        resolve,
        reject,
      };
      for (const statement of statements) this.add(statement, train);
      this.writer.sync();
      this.trains.push(train);
      this.send(this.writer.take());
      this.timer ??= setTimeout(() => this.checkTime(), this.timeoutMs);
    });
  }

  /** Ends it when what is under way has been answered. */
  async close(): Promise<void> {
    this.failure ??= new Error('Connection closed');
    if (this.trains.length === 0) await this.client.end().catch(() => undefined);
    else await this.closed;
  }

  private add({ name = '', text, values }: PipelinedStatement, train: Train): void {
    const columns = this.prepared.get(name);
    // While it is being prepared for another train, it may yet fail with that one.
    const named = columns || !this.preparing.has(name) ? name : '';
    if (!columns) {
      this.writer.parse(named, text);
      train.preparing.push(named);
      if (named) this.preparing.add(named);
    }
    this.writer.bind(named, values.map(textOf));
    if (!columns) this.writer.describe();
    this.writer.execute();
  }

  /** Requests that arrived together are sent together: what the others of this turn add goes out in the same write. */
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
    const [train] = this.trains;
    if (!train) return;
    switch (type) {
      case DESCRIBED:
        return this.describe(train, readColumns(content));
      case NO_DATA:
        return this.describe(train, []);
      case ROW:
        train.rows[train.at]?.push(readRow(content, this.columnsOf(train), AS_BYTES));
        return;
      case COMPLETE:
        train.at += 1;
        train.columns = [];
        return;
      case ERROR:
        train.error = readError(content);
        this.failure ??= train.error;
        return;
      case READY:
        return this.arrive(train);
      default:
    }
  }

  /** What could be described has been prepared. */
  private describe(train: Train, columns: Column[]): void {
    train.columns = columns;
    const name = train.preparing.shift();
    if (!name) return;
    this.preparing.delete(name);
    this.prepared.set(name, columns);
  }

  private columnsOf({ names, at, columns }: Train): readonly Column[] {
    return columns.length > 0 ? columns : (this.prepared.get(names[at] ?? '') ?? []);
  }

  private arrive(train: Train): void {
    this.trains.shift();
    for (const name of train.preparing) this.preparing.delete(name);
    if (train.error) train.reject(train.error);
    else train.resolve(train.rows);
    this.onAnswer();
    if (this.trains.length > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.failure) void this.client.end().catch(() => undefined);
  }

  /** @param waited for what was late already then */
  private checkTime(waited?: Train): void {
    const [oldest] = this.trains;
    if (!oldest) return void (this.timer = undefined);
    const left = oldest.sentAt + this.timeoutMs - performance.now();
    if (left > 0) this.timer = setTimeout(() => this.checkTime(), left);
    // Where it was this process that had no time, the answer is there and has only not been looked at.
    else if (waited !== oldest) this.timer = setTimeout(() => this.checkTime(oldest), GRACE_MS);
    else this.wire.stream.destroy(new Error('Query read timeout'));
  }

  private fail(error: Error): void {
    this.failure ??= error;
    clearTimeout(this.timer);
    for (const train of this.trains.splice(0)) train.reject(error);
  }
}
