import { afterRunningTime } from '@patient-access/concurrency';
import type { PipelinedConnection, PipelinedStatement } from './connection.ts';

type Rows = Record<string, unknown>[][];

interface Waiting {
  statements: readonly PipelinedStatement[];
  resolve(rows: Rows | Promise<Rows>): void;
  reject(error: Error): void;
  stopWaiting(): void;
}

export interface PipelineLimits {
  connections: number;
  /** batches in flight on one connection, at most */
  depth: number;
  /** waiting batches for each connection, at most; one more is refused at once (security rule D26) */
  waiting: number;
  /** a batch that has waited this long is refused; the time counts while this process runs */
  waitMs: number;
}

/** As pg counts the connections of its pools: open ones, those that have nothing to do, and callers that wait. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** @returns the connections of two pools, counted as those of one whenever somebody looks */
export const countedTogether = (one: PoolCounts, other: PoolCounts): PoolCounts => ({
  get totalCount() {
    return one.totalCount + other.totalCount;
  },
  get idleCount() {
    return one.idleCount + other.idleCount;
  },
  get waitingCount() {
    return one.waitingCount + other.waitingCount;
  },
});

/**
 * A server that has no connection left, or refuses the login, answers in a millisecond. While others of the pool work, it is asked
 * again after this time: whoever waits would ask as fast as it answers otherwise, and each question is a process there.
 */
const REFUSED_MS = 200;

/** Connections that share the work. Each batch goes to the connection with the fewest batches. */
export class Pipeline implements PoolCounts {
  private readonly open: () => Promise<PipelinedConnection>;
  private readonly limits: PipelineLimits;
  private readonly connections = new Set<PipelinedConnection>();
  private opening = 0;
  private waiting: Waiting[] = [];
  private closing = false;
  /** of the last connection that was tried */
  private refusal: Error | undefined;
  private isPausing = false;

  constructor(open: () => Promise<PipelinedConnection>, limits: PipelineLimits) {
    this.open = open;
    this.limits = limits;
  }

  /** Runs a batch in its own transaction. @throws Error of the database, or when no connection was free in time */
  run(statements: readonly PipelinedStatement[]): Promise<Rows> {
    if (this.closing) return Promise.reject(new Error('Connection closed'));
    const free = this.free();
    if (!free || free.inFlight > 0) this.openAnother();
    if (free) return free.run(statements);
    if (this.waiting.length >= this.limits.connections * this.limits.waiting)
      return Promise.reject(this.noPlace());
    return new Promise((resolve, reject) => {
      const stopWaiting = afterRunningTime(this.limits.waitMs, () => {
        this.waiting = this.waiting.filter((one) => one !== waiting);
        reject(this.noPlace());
      });
      const waiting = { statements, resolve, reject, stopWaiting };
      this.waiting.push(waiting);
    });
  }

  /** @returns the error of whoever waited in vain, with what the server said if it refused another connection */
  protected noPlace(): Error {
    const { code } = (this.refusal ?? {}) as { code?: unknown };
    const why = code === undefined ? '' : `, and another one was refused (${String(code)})`;
    return new Error(`timeout: no connection to the database was free${why}`);
  }

  get totalCount(): number {
    return this.connections.size;
  }

  get idleCount(): number {
    return [...this.connections].filter(({ inFlight }) => inFlight === 0).length;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  async close(): Promise<void> {
    this.closing = true;
    for (const { reject } of this.takeWaiting()) reject(new Error('Connection closed'));
    await Promise.all([...this.connections].map((connection) => connection.close()));
  }

  /** @returns the connection with the fewest batches, if one has room */
  private free(): PipelinedConnection | undefined {
    let best: PipelinedConnection | undefined;
    for (const connection of this.connections) {
      if (connection.isToBeLeft) connection.leave();
      if (connection.spent || connection.inFlight >= this.limits.depth) continue;
      if (!best || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  private openAnother(): void {
    if (this.connections.size + this.opening >= this.limits.connections) return;
    if (this.isPausing && this.connections.size > 0) return;
    this.opening += 1;
    this.open()
      .then(
        (connection) => this.take(connection),
        (error: Error) => this.refused(error),
      )
      .finally(() => {
        this.opening -= 1;
        this.serveWaiting();
      });
  }

  private refused(error: Error): void {
    this.refusal = error;
    if (this.connections.size === 0) return this.refuseWaiting(error);
    if (this.isPausing) return;
    this.isPausing = true;
    setTimeout(() => {
      this.isPausing = false;
      this.serveWaiting();
    }, REFUSED_MS).unref();
  }

  private take(connection: PipelinedConnection): void {
    this.refusal = undefined;
    this.connections.add(connection);
    connection.onBatchDone = () => this.serveWaiting();
    connection.onSilent = () => this.dropIdle();
    void connection.closed.then(() => {
      this.connections.delete(connection);
      this.serveWaiting();
    });
    if (this.closing) void connection.close();
  }

  /** They lead to a server that said nothing. What is under way there has a deadline of its own. */
  dropIdle(): void {
    for (const connection of this.connections) if (connection.inFlight === 0) connection.drop();
  }

  private serveWaiting(): void {
    for (;;) {
      const free = this.waiting.length > 0 ? this.free() : undefined;
      const next = free && this.waiting.shift();
      if (!free || !next) break;
      next.stopWaiting();
      next.resolve(free.run(next.statements));
    }
    if (this.waiting.length > 0 && !this.closing) this.openAnother();
  }

  private refuseWaiting(error: Error): void {
    for (const { reject } of this.takeWaiting()) reject(error);
  }

  private takeWaiting(): Waiting[] {
    const waiting = this.waiting;
    this.waiting = [];
    for (const { stopWaiting } of waiting) stopWaiting();
    return waiting;
  }
}
