/** Reads a tenant's records from the database, as the auditor role. */
import { inTransaction, type Pool } from '@patient-access/database';
import { type CheckpointKeys, type Checkpoint, openCheckpoint } from '../checkpoints/checkpoint.ts';
import type { Columns } from '../columns.ts';
import type { Position, StoredRecord } from './verify-chain.ts';

/** A batch is small, so that verifying it does not delay other requests on the same processor. */
const BATCH = 200;

const SCOPE = "SELECT set_config('app.tenant', $1, true)";
const TENANTS = 'SELECT tenant FROM trail.chain_head ORDER BY tenant';
const HEAD = 'SELECT seq::float8 AS seq, hash FROM trail.chain_head WHERE tenant = $1';
const CHECKPOINTS = 'SELECT jws FROM trail.checkpoint WHERE tenant = $1';
/** If two rows wrongly have the same number, this order returns one after the other, also across batches. */
const RECORDS = {
  name: 'verify-records',
  text: `SELECT seq::float8 AS seq, id, stored, member, hash, body, recorded, kind, act, action, outcome, reason, service,
                client, grant_id, policy, address, disclosed, type, subtype, agent, entity, entity_identifier, profile,
                audience
           FROM trail.audit_event
          WHERE tenant = $1 AND (seq, stored) > ($2, $3::timestamptz) AND seq <= $4 ORDER BY seq, stored LIMIT $5`,
};

type Row = Omit<Columns, 'recorded'> &
  Pick<StoredRecord, 'seq' | 'id' | 'member' | 'hash' | 'body'> & { stored: Date; recorded: Date };

function asRecord({ seq, id, stored, member, hash, body, recorded, ...columns }: Row): StoredRecord {
  return {
    seq,
    id,
    member,
    hash,
    body,
    stored: stored.toISOString(),
    columns: { recorded: recorded.toISOString(), ...columns },
  };
}

/** The records of one tenant's trail, as the auditor role sees them. */
export class TrailRecords {
  private readonly auditor: Pool;

  constructor(auditor: Pool) {
    this.auditor = auditor;
  }

  async tenants(): Promise<string[]> {
    return (await this.auditor.query<{ tenant: string }>(TENANTS)).rows.map(({ tenant }) => tenant);
  }

  async head(tenant: string): Promise<Position | undefined> {
    return (await this.auditor.query<Position>(HEAD, [tenant])).rows[0];
  }

  /** The checkpoints in the database whose signatures verify. */
  async checkpoints(tenant: string, keys: CheckpointKeys): Promise<Checkpoint[]> {
    const { rows } = await this.auditor.query<{ jws: string }>(CHECKPOINTS, [tenant]);
    const opened = await Promise.all(rows.map(({ jws }) => openCheckpoint(jws, keys)));
    return opened.filter(
      (checkpoint) => checkpoint !== undefined && checkpoint.tenant === tenant,
    ) as Checkpoint[];
  }

  /** @param after number of the record before the first one @param upTo number of the last one */
  async *read(tenant: string, after: number, upTo: number, limit = Infinity): AsyncGenerator<StoredRecord> {
    // `infinity` is later than every time at which a record with this number may have been stored.
    let position = { seq: after, stored: 'infinity' };
    for (let left = limit; left > 0;) {
      const batch = await this.batch(tenant, position, upTo, Math.min(left, BATCH));
      for (const row of batch) yield asRecord(row);
      const last = batch.at(-1);
      if (!last) return;
      left -= batch.length;
      position = { seq: last.seq, stored: last.stored.toISOString() };
    }
  }

  private batch(
    tenant: string,
    after: { seq: number; stored: string },
    upTo: number,
    count: number,
  ): Promise<Row[]> {
    return inTransaction(this.auditor, async (client) => {
      await client.query(SCOPE, [tenant]);
      const values = [tenant, after.seq, after.stored, upTo, count];
      return (await client.query<Row>({ ...RECORDS, values })).rows;
    });
  }
}
