import { type AccessEvent, recordOf } from '@patient-access/events';
import type pg from 'pg';

const MAX_BATCH_ROWS = 64;
/** Two writers: while one commit waits for the disk, the next batch fills. */
const WRITERS = 2;
const COLUMNS = 5;

interface Waiting {
  event: AccessEvent;
  resolve(): void;
  reject(error: unknown): void;
}

/** The values of one event for {@link recordFrom}: request id, service, tenant, member, and the whole event as JSON. */
export const outboxRow = (event: AccessEvent): string[] => [
  event.requestId,
  event.service,
  event.tenant,
  event.member ?? '',
  recordOf(event),
];

/**
 * SQL that inserts events, as a part of the statement that does what the events report.
 *
 * @param rows SQL that yields the values of {@link outboxRow}; the first one has the type uuid
 */
export const recordFrom = (rows: string): string =>
  `INSERT INTO outbox (request_id, service, tenant, member, body) ${rows}
   ON CONFLICT (request_id, service) DO NOTHING`;

/**
 * The insert of some events, for the transaction that does what the events report. The relay finds the rows by itself.
 *
 * @param events at least one
 */
export function recordStatement(events: readonly AccessEvent[]): { text: string; values: string[] } {
  const rows = events.map((_, row) => {
    const first = row * COLUMNS;
    return `($${first + 1}::uuid,$${first + 2},$${first + 3},$${first + 4},$${first + 5})`;
  });
  return { text: recordFrom(`VALUES ${rows.join(',')}`), values: events.flatMap(outboxRow) };
}

/**
 * Writes access events to the outbox. Many callers share one commit (group commit). Each caller waits until its own
 * event is durable, and pays for a share of one insert instead of a whole transaction.
 */
export class Recorder {
  private readonly pool: pg.Pool;
  private readonly onRecorded: () => void;
  private waiting: Waiting[] = [];
  private writing = 0;

  constructor(pool: pg.Pool, onRecorded: () => void) {
    this.pool = pool;
    this.onRecorded = onRecorded;
  }

  /**
   * Resolves when the event is durable. When it rejects, the event may be lost, and the caller must disclose nothing.
   */
  record(event: AccessEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ event, resolve, reject });
      if (this.writing < WRITERS) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing += 1;
    // Wait for one turn of the event loop, so that requests which arrived together share the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH_ROWS);
      try {
        await this.insert(batch);
        for (const { resolve } of batch) resolve();
        this.onRecorded();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing -= 1;
  }

  private async insert(batch: readonly Waiting[]): Promise<void> {
    const statement = recordStatement(batch.map(({ event }) => event));
    await this.pool.query({ name: `outbox-${batch.length}`, ...statement });
  }
}
