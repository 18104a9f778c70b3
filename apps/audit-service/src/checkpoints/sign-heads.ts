/**
 * Signs the head of each chain once a minute, and publishes it where the database's administrators cannot change it.
 */
import { inTransaction, type Pool } from '@patient-access/database';
import type pg from 'pg';
import { type Checkpoint, type CheckpointSigner, openCheckpoint } from './checkpoint.ts';
import type { CheckpointPublisher } from './publish.ts';

/** One replica signs at a time. The others skip their turn. */
const TURN = "SELECT pg_try_advisory_xact_lock(hashtext('trail.checkpoints')) AS mine";
const GROWN = `
  SELECT h.tenant, h.seq::float8 AS seq, h.hash FROM trail.chain_head h
   WHERE h.seq > 0 AND NOT EXISTS (SELECT FROM trail.checkpoint c WHERE c.tenant = h.tenant AND c.seq = h.seq AND c.kind = 'head')`;
const LATEST = `
  SELECT DISTINCT ON (c.tenant) c.jws FROM trail.checkpoint c
   WHERE c.tenant = ANY ($1) AND c.kind = 'head' ORDER BY c.tenant, c.seq DESC`;
const INSERT = `
  INSERT INTO trail.checkpoint (tenant, seq, kind, signed, jws)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[])`;
const RECORD = 'SELECT hash FROM trail.audit_event WHERE tenant = $1 AND seq = $2';
const ROOT = `SELECT coalesce(max(seq), 0)::float8 AS seq FROM trail.checkpoint WHERE tenant = $1 AND kind = 'root'`;

interface Head {
  tenant: string;
  seq: number;
  hash: Buffer;
}

/** Stores copies of checkpoints in the database, beside the chain. */
export async function storeCheckpoints(
  client: pg.PoolClient | pg.Client,
  checkpoints: readonly Checkpoint[],
): Promise<void> {
  await client.query(INSERT, [
    checkpoints.map(({ tenant }) => tenant),
    checkpoints.map(({ seq }) => seq),
    checkpoints.map(({ kind }) => kind),
    checkpoints.map(({ signed }) => signed),
    checkpoints.map(({ jws }) => jws),
  ]);
}

interface Parts {
  /** connections of the ingest role */
  pool: Pool;
  /** connections of the auditor role */
  auditor: Pool;
  signer: CheckpointSigner;
  publisher: CheckpointPublisher;
  /** Called when a chain no longer holds a signed record. An operator has to look into it. */
  onBroken(tenant: string, seq: number): void;
}

/** Signs the heads that have changed since they were last signed. */
export class HeadSigner {
  private readonly parts: Parts;
  /** The last checkpoint of each tenant, in memory: nobody can delete it by emptying the table of checkpoints. */
  private readonly latest = new Map<string, Checkpoint>();
  private readonly broken = new Set<string>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Tenants whose chain does not match its last checkpoint. */
  get brokenTenants(): readonly string[] {
    return [...this.broken];
  }

  /** @returns the number of signed heads; a chain that has lost a signed record is not signed again */
  async sign(): Promise<number> {
    const { pool, signer, publisher } = this.parts;
    return inTransaction(pool, async (client) => {
      const { rows: turn } = await client.query<{ mine: boolean }>(TURN);
      if (!turn[0]?.mine) return 0;
      const { rows: heads } = await client.query<Head>(GROWN);
      await this.recall(client, heads);
      const checkpoints: Checkpoint[] = [];
      for (const { tenant, seq, hash } of heads) {
        if (!(await this.stands(tenant))) continue;
        checkpoints.push(await signer.sign({ tenant, seq, hash: hash.toString('hex'), kind: 'head' }));
      }
      if (checkpoints.length === 0) return 0;
      await publisher.publish(checkpoints);
      await storeCheckpoints(client, checkpoints);
      for (const checkpoint of checkpoints) this.latest.set(checkpoint.tenant, checkpoint);
      return checkpoints.length;
    });
  }

  /** After a start, loads the last checkpoints from the database. */
  private async recall(client: pg.PoolClient, heads: readonly Head[]): Promise<void> {
    const unknown = heads.map(({ tenant }) => tenant).filter((tenant) => !this.latest.has(tenant));
    if (unknown.length === 0) return;
    const { rows } = await client.query<{ jws: string }>(LATEST, [unknown]);
    for (const { jws } of rows) {
      const checkpoint = await openCheckpoint(jws, this.parts.signer.keys);
      if (checkpoint) this.latest.set(checkpoint.tenant, checkpoint);
    }
  }

  /** @returns whether the last signed record is still in the chain, or was dropped under a signed root */
  private async stands(tenant: string): Promise<boolean> {
    const signed = this.latest.get(tenant);
    if (!signed) return true;
    const stands = await inTransaction(this.parts.auditor, async (client) => {
      await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
      const { rows } = await client.query<{ hash: Buffer }>(RECORD, [tenant, signed.seq]);
      if (rows[0]) return rows.length === 1 && rows[0].hash.toString('hex') === signed.hash;
      const { rows: roots } = await client.query<{ seq: number }>(ROOT, [tenant]);
      return (roots[0]?.seq ?? 0) >= signed.seq;
    });
    if (stands) this.broken.delete(tenant);
    else {
      this.broken.add(tenant);
      this.parts.onBroken(tenant, signed.seq);
    }
    return stands;
  }
}
