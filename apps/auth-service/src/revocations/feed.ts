/** Every revocation on any replica, as it happens: Postgres LISTEN/NOTIFY out of the revoking statement. */
import { EventEmitter } from 'node:events';
import type { Pool } from '@patient-access/database';
import type { Logger } from '@patient-access/platform';
import type { PoolClient } from 'pg';
import { REVOCATION_CHANNEL } from '../oidc/records.ts';

const RETRY_MS = 500;

/**
 * Emits `revoked` with the JSON text of `{ tenant, grantId?, jti? }`, and `lost` when notices may have been missed:
 * then every listener has to forget what it knows.
 */
export class RevocationFeed extends EventEmitter<{ revoked: [string]; lost: [] }> {
  private readonly pool: Pool;
  private readonly logger: Logger;
  private client?: PoolClient;
  private stopped = false;

  constructor(pool: Pool, logger: Logger) {
    super();
    // One listener per gateway replica.
    this.setMaxListeners(0);
    this.pool = pool;
    this.logger = logger;
  }

  /** Whether what is revoked now would be heard. */
  get listening(): boolean {
    return this.client !== undefined;
  }

  /** Resolves when it listens; from then on it listens again whenever the connection is lost. */
  async start(): Promise<void> {
    const client = await this.pool.connect();
    client.on('notification', ({ payload }) => payload && this.emit('revoked', payload));
    client.once('error', () => this.restart(client));
    client.once('end', () => this.restart(client));
    await client.query(`LISTEN ${REVOCATION_CHANNEL}`);
    this.client = client;
  }

  private restart(client: PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.release(true);
    this.emit('lost');
    this.logger.warn('the connection that hears of revocations was lost');
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
