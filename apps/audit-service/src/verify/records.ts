/** Reads a tenant's records from the database, as the auditor role. */
import type { Pool } from '@patient-access/database';
import { LANES } from '@patient-access/events';
import { type CheckpointKeys, type Checkpoint, openCheckpoint } from '../checkpoints/checkpoint.ts';
import type { Columns } from '../columns.ts';
import { BATCHES_OF_PAGE, BESIDE_CHAINS, RECORD_PAGE } from './record-page.ts';
import type { Position, Problem, StoredBatch, StoredRecord } from './verify-chain.ts';
import { readTrail } from '../of-tenant.ts';

/** Few at a time, so that verifying them does not delay other requests on the same processor. */
const AT_A_TIME = 200;
const HASH_BYTES = 32;

const TENANTS = 'SELECT DISTINCT tenant FROM trail.chain_head ORDER BY tenant';
const HEADS = `
  SELECT lane, seq::float8 AS seq, hash, CASE WHEN isfinite(stored) THEN stored END AS stored
    FROM trail.chain_head WHERE tenant = $1 ORDER BY lane`;
const CHECKPOINTS = {
  name: 'verify-checkpoints',
  text: 'SELECT jws FROM trail.checkpoint WHERE tenant = $1',
};
const CHECKPOINTS_BETWEEN = {
  name: 'verify-checkpoints-between',
  text: `SELECT jws FROM trail.checkpoint
          WHERE tenant = $1 AND kind = 'head' AND signed > coalesce($2::timestamptz, '-infinity')
            AND signed < coalesce($3::timestamptz, 'infinity')
          ORDER BY signed LIMIT $4`,
};
/** Of five weeks, one a minute. */
const MOST_BETWEEN = 50_000;
const FEW_CHECKPOINTS = {
  name: 'verify-few-checkpoints',
  text: `
  SELECT c.jws FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root'
  UNION ALL
  SELECT c.jws FROM trail.checkpoint c
   WHERE c.tenant = $1 AND c.kind = 'head' AND c.signed >= now() - interval '1 hour'
  UNION ALL
  SELECT last.jws
    FROM generate_series((SELECT min(c.signed) FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'head'),
                         now() - interval '1 hour', interval '1 day') AS d (day)
   CROSS JOIN LATERAL (
     SELECT c.jws FROM trail.checkpoint c
      WHERE c.tenant = $1 AND c.kind = 'head' AND c.signed >= d.day
        AND c.signed < least(d.day + interval '1 day', now() - interval '1 hour')
      ORDER BY c.signed DESC LIMIT 1) last`,
};
/** An index has the records of a tenant by time. */
const OLDEST = {
  name: 'verify-oldest',
  text: 'SELECT min(stored) AS stored FROM trail.audit_event WHERE tenant = $1',
};
/** The terms as one text, `{1,-2,3}`: taking an array of about forty apart costs the driver ten times as much. */
type RecordRow = Omit<Columns, 'recorded' | 'terms'> &
  Pick<StoredRecord, 'seq' | 'number' | 'producer' | 'hash'> & {
    stored: Date;
    recorded: Date;
    terms: string;
    record: string;
  };
type BatchRow = Omit<StoredBatch, 'hashes' | 'stored'> & { hashes: Buffer; stored: Date };
type HeadRow = Omit<Position, 'stored'> & { lane: number; stored: Date | null };

const termsIn = (array: string): string[] => (array === '{}' ? [] : array.slice(1, -1).split(','));

function asRecord(row: RecordRow, batch: StoredBatch | undefined): StoredRecord {
  const { seq, number, producer, stored, hash, record: text, recorded, terms, ...columns } = row;
  return {
    ...{ seq, number, producer, hash, text, batch },
    stored: stored.toISOString(),
    columns: { ...columns, recorded: recorded.toISOString(), terms: termsIn(terms) },
  };
}

const asBatch = ({ hashes, stored, ...rest }: BatchRow): StoredBatch => ({
  ...rest,
  stored: stored.toISOString(),
  hashes: Array.from({ length: hashes.length / HASH_BYTES }, (_, at) =>
    hashes.toString('hex', at * HASH_BYTES, (at + 1) * HASH_BYTES),
  ),
});

/** One lane of a tenant. */
export interface Lane {
  tenant: string;
  lane: number;
}

/** The records of one tenant's trail, as the auditor role sees them. */
export class TrailRecords {
  private readonly auditor: Pool;
  private readonly atATime: number;
  /** The few checkpoints that were read last, by their text: those of the next lane are the same, and opening one takes long. */
  private last: { keys: CheckpointKeys; opened: ReadonlyMap<string, Promise<Checkpoint | undefined>> };

  /** @param atATime records that are read with one statement */
  constructor(auditor: Pool, atATime = AT_A_TIME) {
    this.auditor = auditor;
    this.atATime = atATime;
    this.last = { keys: new Map(), opened: new Map() };
  }

  async tenants(): Promise<string[]> {
    return (await this.auditor.query<{ tenant: string }>(TENANTS)).rows.map(({ tenant }) => tenant);
  }

  /** @returns when the oldest of the tenant's records that are kept was stored */
  oldest(tenant: string): Promise<Date | undefined> {
    return readTrail(this.auditor, tenant, async (client) => {
      const { rows } = await client.query<{ stored: Date | null }>({ ...OLDEST, values: [tenant] });
      return rows[0]?.stored ?? undefined;
    });
  }

  /** @returns the end of each chain, by lane */
  async heads(tenant: string): Promise<Map<number, Position>> {
    const { rows } = await this.auditor.query<HeadRow>(HEADS, [tenant]);
    return new Map(
      rows.map(({ lane, stored, ...position }) => [
        lane,
        { ...position, ...(stored && { stored: stored.toISOString() }) },
      ]),
    );
  }

  /** @returns a record that searches find, and that is in no chain: {@link read} never comes to it */
  besideChains(tenant: string): Promise<Problem | undefined> {
    return readTrail(this.auditor, tenant, async (client) => {
      const values = [tenant, LANES];
      const { rows } = await client.query<Pick<Problem, 'lane' | 'seq' | 'id'>>({ ...BESIDE_CHAINS, values });
      return rows[0] && { tenant, kind: 'surplus', ...rows[0] };
    });
  }

  /** The checkpoints in the database whose signatures verify. */
  checkpoints(tenant: string, keys: CheckpointKeys): Promise<Checkpoint[]> {
    return this.opened(CHECKPOINTS, tenant, keys);
  }

  /**
   * Those that were signed when months were dropped, those of the last hour, and the last one of each day before: what has to
   * be opened for each lane, again and again, does not grow by one a minute. A record that was rewritten is found all the
   * same, and {@link checkpointsBetween} say more exactly which.
   */
  fewCheckpoints(tenant: string, keys: CheckpointKeys): Promise<Checkpoint[]> {
    const known = this.last.keys === keys ? this.last.opened : undefined;
    const opened = new Map<string, Promise<Checkpoint | undefined>>();
    this.last = { keys, opened };
    return this.opened(FEW_CHECKPOINTS, tenant, keys, [], (jws) => {
      const checkpoint = opened.get(jws) ?? known?.get(jws) ?? openCheckpoint(jws, keys);
      opened.set(jws, checkpoint);
      return checkpoint;
    });
  }

  /** Those that were signed between two times, the oldest first. */
  checkpointsBetween(
    tenant: string,
    keys: CheckpointKeys,
    { since, until }: { since?: string | undefined; until?: string | undefined },
  ): Promise<Checkpoint[]> {
    return this.opened(CHECKPOINTS_BETWEEN, tenant, keys, [since, until, MOST_BETWEEN]);
  }

  private async opened(
    statement: typeof CHECKPOINTS,
    tenant: string,
    keys: CheckpointKeys,
    values: readonly unknown[] = [],
    open = (jws: string) => openCheckpoint(jws, keys),
  ): Promise<Checkpoint[]> {
    const { rows } = await this.auditor.query<{ jws: string }>({ ...statement, values: [tenant, ...values] });
    const opened = await Promise.all(rows.map(({ jws }) => open(jws)));
    return opened.filter(
      (checkpoint) => checkpoint !== undefined && checkpoint.tenant === tenant,
    ) as Checkpoint[];
  }

  /** @param after number of the record before @param upTo number of the last one */
  async *read(lane: Lane, after: number, upTo: number, limit = Infinity): AsyncGenerator<StoredRecord> {
    // Behind every time at which a record with this number may have been stored.
    let position = { seq: after, stored: 'infinity' };
    for (let left = limit; left > 0;) {
      const { rows, batches } = await this.some(lane, position, upTo, Math.min(left, this.atATime));
      let at = 0;
      for (const row of rows) {
        while ((batches[at]?.toSeq ?? Infinity) < row.seq) at += 1;
        const batch = batches[at];
        yield asRecord(row, batch && batch.fromSeq <= row.seq ? batch : undefined);
      }
      const last = rows.at(-1);
      if (!last) return;
      left -= rows.length;
      position = { seq: last.seq, stored: last.stored.toISOString() };
    }
  }

  private some(
    { tenant, lane }: Lane,
    after: { seq: number; stored: string },
    upTo: number,
    count: number,
  ): Promise<{ rows: RecordRow[]; batches: StoredBatch[] }> {
    return readTrail(this.auditor, tenant, async (client) => {
      const values = [tenant, lane, after.seq, after.stored, upTo, count];
      const { rows } = await client.query<RecordRow>({ ...RECORD_PAGE, values });
      const [first, last] = [rows[0], rows.at(-1)];
      if (!first || !last) return { rows, batches: [] };
      const of = [tenant, lane, first.seq, last.seq];
      const { rows: batches } = await client.query<BatchRow>({ ...BATCHES_OF_PAGE, values: of });
      return { rows, batches: batches.map(asBatch) };
    });
  }
}
