/**
 * Signs the head of each chain once a minute, and publishes it where the database's administrators cannot change it.
 */
import { inTransactionOnce, type Pool } from '@patient-access/database';
import type pg from 'pg';
import { type Checkpoint, type CheckpointSigner, openCheckpoint, signedRecords } from './checkpoint.ts';
import { lostHead, type SignedEnds } from './lost-head.ts';
import type { CheckpointPublisher } from './publish.ts';
import { recordsBetween, type StoredOf, storedBetween, addedUp } from './stored-of.ts';

/** One replica signs at a time. The others skip their turn. */
const TURN = "SELECT pg_try_advisory_xact_lock(hashtext('trail.checkpoints')) AS mine";
const GROWN = `
  SELECT h.tenant, json_agg(json_build_object('lane', h.lane, 'seq', h.seq, 'hash', encode(h.hash, 'hex'))
                            ORDER BY h.lane) AS heads
    FROM trail.chain_head h WHERE h.seq > 0 GROUP BY h.tenant
  HAVING NOT EXISTS (SELECT FROM trail.checkpoint c
                      WHERE c.tenant = h.tenant AND c.records = sum(h.seq) AND c.kind = 'head')`;
/**
 * The newest of each tenant, whichever replica has signed it. It is the one with the most records: one that was signed while a
 * clock was ahead has a later time, and stands for less.
 */
const NEWEST_OF_ALL = `
  SELECT newest.jws FROM (SELECT DISTINCT h.tenant FROM trail.chain_head h) t
   CROSS JOIN LATERAL (SELECT c.jws FROM trail.checkpoint c WHERE c.tenant = t.tenant AND c.kind = 'head'
                        ORDER BY c.records DESC LIMIT 1) newest`;
const INSERT = `
  INSERT INTO trail.checkpoint (tenant, records, kind, signed, jws)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[])`;

const NEWEST = `
  SELECT c.jws FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'head' ORDER BY c.records DESC LIMIT 1`;
/** More records than this, of a trail that was not signed for hours or never, are not read for a checkpoint. */
const MAX_SINCE = 1_000_000;
const DAY = 'yyyy-mm-dd'.length;

type Heads = Pick<Checkpoint, 'tenant' | 'heads'>;

/** What is known outside the database since the start (ADR 127). */
interface KnownOutside {
  /** @returns why nothing may be signed of the tenant */
  refusal(tenant: string): string | undefined;
  signedOf(tenant: string): SignedEnds | undefined;
}

/** Keeps beside the chains what was signed of them. */
export async function storeCheckpoints(
  client: pg.PoolClient | pg.Client,
  checkpoints: readonly Checkpoint[],
): Promise<void> {
  await client.query(INSERT, [
    checkpoints.map(({ tenant }) => tenant),
    checkpoints.map(signedRecords),
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
  outside: KnownOutside;
  /** A chain does not have what was signed of it any more: somebody has to look. */
  onBroken(tenant: string, lane: number, seq: number): void;
}

/** Signs the heads that have changed since they were last signed. */
export class HeadSigner {
  private readonly parts: Parts;
  /** What was signed last of each tenant, in memory: nobody can delete it by emptying the table of checkpoints. */
  private readonly latest = new Map<string, SignedEnds>();
  /** the newest copies in the database, when this looked last */
  private copies: ReadonlySet<string> = new Set();
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
    const { pool, signer, publisher, outside } = this.parts;
    return inTransactionOnce(pool, async (client) => {
      await this.takeDown(client);
      const { rows: turn } = await client.query<{ mine: boolean }>(TURN);
      if (!turn[0]?.mine) return 0;
      const { rows: grown } = await client.query<Heads>(GROWN);
      const heads = grown.filter(({ tenant }) => outside.refusal(tenant) === undefined);
      const checkpoints: Checkpoint[] = [];
      for (const each of heads)
        if (await this.stands(each.tenant)) {
          const today = await this.storedToday(client, each);
          checkpoints.push(await signer.sign({ ...each, kind: 'head', ...(today && { today }) }));
        }
      if (checkpoints.length === 0) return 0;
      await publisher.publish(checkpoints);
      await storeCheckpoints(client, checkpoints);
      for (const checkpoint of checkpoints) this.latest.set(checkpoint.tenant, checkpoint);
      return checkpoints.length;
    });
  }

  /**
   * What was signed before a start, and what other replicas have signed since. It is looked at in each minute, whoever signs
   * then: a copy that is taken away later is known here.
   */
  private async takeDown(client: pg.PoolClient): Promise<void> {
    const { rows } = await client.query<{ jws: string }>(NEWEST_OF_ALL);
    const others = rows.filter(({ jws }) => !this.copies.has(jws));
    this.copies = new Set(rows.map(({ jws }) => jws));
    for (const { jws } of others) {
      const checkpoint = await openCheckpoint(jws, this.parts.signer.keys);
      const known = checkpoint && this.latest.get(checkpoint.tenant);
      if (checkpoint && (!known || signedRecords(checkpoint) > signedRecords(known)))
        this.latest.set(checkpoint.tenant, checkpoint);
    }
  }

  /** @returns what was signed last of a tenant, as far as this process knows or it is known outside */
  private signedOf(tenant: string): SignedEnds | undefined {
    const [known, outside] = [this.latest.get(tenant), this.parts.outside.signedOf(tenant)];
    if (!known || !outside) return known ?? outside;
    return signedRecords(outside) > signedRecords(known) ? outside : known;
  }

  /**
   * Each checkpoint of a day says what the one before it says, and what has come since: so the last one says it all.
   *
   * @returns undefined, for the rest of the day, when not all is known: the checkpoint before cannot be opened or does not
   *   say it, a clock was a day ahead when it was signed, or too much has come since. A part would be taken for all
   */
  private async storedToday(
    client: pg.PoolClient,
    { tenant, heads }: Heads,
  ): Promise<StoredOf[] | undefined> {
    const { rows } = await client.query<{ jws: string }>(NEWEST, [tenant]);
    const before = rows[0] && (await openCheckpoint(rows[0].jws, this.parts.signer.keys));
    if (rows[0] && !before) return undefined;
    const [day = '', today] = [before?.signed.slice(0, DAY), new Date().toISOString().slice(0, DAY)];
    if (day > today) return undefined;
    const said = day === today ? before?.today : [];
    const after = before?.heads ?? [];
    if (!said || recordsBetween(after, heads) > MAX_SINCE) return undefined;
    return addedUp([...said, ...(await storedBetween(client, tenant, after, heads))]);
  }

  /** Is what was signed last still in the chains, or dropped behind a signed root? */
  private async stands(tenant: string): Promise<boolean> {
    const signed = this.signedOf(tenant);
    if (!signed) return true;
    const gone = await lostHead(this.parts.auditor, this.parts.signer.keys, signed);
    if (!gone) this.broken.delete(tenant);
    else {
      this.broken.add(tenant);
      this.parts.onBroken(tenant, gone.lane, gone.seq);
    }
    return !gone;
  }
}
