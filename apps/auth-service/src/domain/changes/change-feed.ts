/**
 * Notices of changes that every replica needs, at their commit: Postgres LISTEN/NOTIFY. Nothing is sent on the connection that
 * listens. So when it is dead and nobody has said so, only what does not come shows it: the replica's own beats (ADR 135).
 */
import { EventEmitter } from 'node:events';
import type { Pool } from '@patient-access/database';
import type { Logger } from '@patient-access/platform';
import type { PoolClient } from 'pg';
import { REVOCATION_CHANNEL } from '../grants/records.ts';
import { BEAT_CHANNEL, type LiveReplicas } from '../replicas/live-replicas.ts';

const RETRY_MS = 500;
/** Beats that may be sent one after the other and not be heard until the next. */
const MOST_MISSED = 2;

/** Channel of the triggers on `tenant` and `signing_key`; the payload is the tenant's id. */
const TENANT_CHANNEL = 'tenant';
/** Channel of the command line. */
const COMMAND_CHANNEL = 'command';

/** Tells every replica that a command has ended, and may have left work behind. */
export const NOTIFY_COMMAND = `SELECT pg_notify('${COMMAND_CHANNEL}', '')::text`;

const EVENT_OF: Readonly<Record<string, 'revoked' | 'tenant' | 'command'>> = {
  [REVOCATION_CHANNEL]: 'revoked',
  [TENANT_CHANNEL]: 'tenant',
  [COMMAND_CHANNEL]: 'command',
};

/**
 * Emits `revoked` with the JSON text of a notice (see the stream of revocations), `tenant` with the id of a changed
 * tenant, `command` when somebody's command has ended, and `lost` when notices may have been missed. After `lost` every
 * listener drops what it has cached.
 */
export class ChangeFeed extends EventEmitter<{
  revoked: [string];
  tenant: [string];
  command: [string];
  lost: [];
}> {
  private readonly pool: Pool;
  private readonly logger: Logger;
  private readonly replicas: LiveReplicas;
  private client?: PoolClient;
  private stopped = false;
  /** numbers of the own beats: the last that was sent, and the last that was heard */
  private sent = 0;
  private heard = 0;
  private missed = 0;

  /** @param replicas whose beats it hears */
  constructor(pool: Pool, logger: Logger, replicas: LiveReplicas) {
    super();
    // One listener per gateway replica.
    this.setMaxListeners(0);
    this.pool = pool;
    this.logger = logger;
    this.replicas = replicas;
    replicas.on('beat', (number) => this.expect(number));
  }

  /** Whether the connection that listens is open. */
  get listening(): boolean {
    return this.client !== undefined;
  }

  /** Resolves when it listens. If the connection is lost later, it connects again. */
  async start(): Promise<void> {
    const client = await this.pool.connect();
    client.on('notification', ({ channel, payload = '' }) => {
      const event = EVENT_OF[channel];
      if (event) this.emit(event, payload);
      else if (client === this.client)
        this.heard = Math.max(this.heard, this.replicas.numberIn(payload) ?? 0);
    });
    client.once('error', () => this.restart(client));
    client.once('end', () => this.restart(client));
    try {
      await client.query(
        [...Object.keys(EVENT_OF), BEAT_CHANNEL].map((channel) => `LISTEN ${channel}`).join('; '),
      );
    } catch (error) {
      client.release(true);
      throw error;
    }
    this.client = client;
    this.missed = 0;
    this.sent = this.heard;
    // Notices from before this moment may have been missed.
    this.emit('lost');
  }

  /** @param number of a beat that was just sent. The one before had the whole time until now to be heard. */
  private expect(number: number): void {
    this.missed = this.heard < this.sent ? this.missed + 1 : 0;
    this.sent = number;
    if (this.client && this.missed >= MOST_MISSED) this.restart(this.client);
  }

  private restart(client: PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.release(true);
    this.emit('lost');
    this.logger.warn('the connection that hears of changes was lost');
    this.retry();
  }

  private retry(): void {
    if (this.stopped) return;
    setTimeout(() => void this.start().catch(() => this.retry()), RETRY_MS).unref();
  }

  stop(): void {
    this.stopped = true;
    const { client } = this;
    this.client = undefined;
    this.emit('lost');
    client?.release(true);
  }
}
