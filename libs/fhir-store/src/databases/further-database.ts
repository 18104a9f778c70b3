import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '@patient-access/database';
import { unavailable } from '@patient-access/fhir';

const AGAIN_MS = 2_000;

/** What was opened of a database, and how it is closed. */
interface Closable {
  close(): Promise<void>;
}

/**
 * A database beside the first one. While it cannot be reached, its plans are answered with 503 and all others are served,
 * also when the service starts meanwhile.
 */
export class FurtherDatabase<Opened extends Closable> {
  private readonly open: () => Promise<Opened>;
  private readonly onFailure: (error: unknown) => void;
  private opened: Opened | undefined;
  private readonly stopping = new AbortController();
  private trying: Promise<void> | undefined;

  /** @param onFailure is told each time when it cannot be opened */
  constructor(open: () => Promise<Opened>, onFailure: (error: unknown) => void) {
    this.open = open;
    this.onFailure = onFailure;
  }

  /** Opens it, now or as soon as it can be reached. @throws Error when its settings are wrong */
  async start(): Promise<void> {
    try {
      this.opened = await this.open();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.onFailure(error);
      this.trying = this.tryOn();
    }
  }

  get isOpen(): boolean {
    return this.opened !== undefined;
  }

  /** @throws OperationError 503 while it cannot be used */
  get now(): Opened {
    if (this.opened) return this.opened;
    throw unavailable(new Error('the database of the plan cannot be reached yet'));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.trying;
    await this.opened?.close();
  }

  private async tryOn(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted && !this.opened) {
      await delay(AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      this.opened = await this.open().catch((error: unknown) => {
        this.onFailure(error);
        return undefined;
      });
    }
  }
}
