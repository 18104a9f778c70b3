/** Says whether a trail still has the records of its checkpoints. */
import type { Pool } from '@patient-access/database';
import type pg from 'pg';
import { type Checkpoint, type CheckpointKeys, openCheckpoint } from './checkpoint.ts';
import { readTrail } from '../of-tenant.ts';

type Head = Checkpoint['heads'][number];

/** What was signed of a plan: by audit-service, or by the operators of a restore. */
export type SignedEnds = Pick<Checkpoint, 'tenant' | 'heads'>;

const END = 'SELECT FROM trail.chain_head WHERE tenant = $1 AND lane = $2 AND seq >= $3';
const RECORD = `
  SELECT encode(hash, 'hex') AS hash FROM trail.audit_event WHERE tenant = $1 AND lane = $2 AND seq = $3`;
const ROOT = `
  SELECT c.jws FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root' ORDER BY c.records DESC LIMIT 1`;

async function isThere(
  client: pg.PoolClient,
  keys: CheckpointKeys,
  tenant: string,
  { lane, seq, hash }: Head,
): Promise<boolean> {
  const { rowCount: reaches } = await client.query(END, [tenant, lane, seq]);
  if (!reaches) return false;
  const { rows } = await client.query<{ hash: string }>(RECORD, [tenant, lane, seq]);
  if (rows[0]) return rows.length === 1 && rows[0].hash === hash;
  const { rows: roots } = await client.query<{ jws: string }>(ROOT, [tenant]);
  const root = roots[0] && (await openCheckpoint(roots[0].jws, keys));
  return (root?.heads.find((head) => head.lane === lane)?.seq ?? 0) >= seq;
}

/**
 * @param auditor connections of the auditor role
 * @returns the first end of a lane that is neither in its chain nor dropped behind a signed root
 */
export function lostHead(
  auditor: Pool,
  keys: CheckpointKeys,
  { tenant, heads }: SignedEnds,
): Promise<Head | undefined> {
  return readTrail(auditor, tenant, async (client) => {
    for (const head of heads) if (!(await isThere(client, keys, tenant, head))) return head;
    return undefined;
  });
}
