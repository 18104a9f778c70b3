import type { EventSigner } from '@patient-access/events';
import type pg from 'pg';
import type { AuditStore } from './audit-store.ts';
import type { Publisher } from './publisher.ts';

/** From where to where a relay moves rows. */
export interface Route {
  pool: pg.Pool;
  /** signs the batches, for the service that records */
  signer: EventSigner;
  publisher: Publisher;
  store: AuditStore;
  /** the most rows in one delivery */
  batchRows: number;
  /** time after which a row is sent again if the store does not have it; 30 s by default */
  resendAfterMs?: number;
}
