/** `npm run audit -- restore`: before audit-service is started again on a database that comes from a backup. */
import type pg from 'pg';
import { type Checkpoint, signedRecords } from '../checkpoints/checkpoint.ts';
import { act } from '../retention/acts.ts';
import type { TrailRecords } from '../verify/records.ts';
import { lackingIn } from './lacking.ts';
import { type RestoreRecord, restoreStatements } from './restore-record.ts';

/** What a statement of the operators needs. */
export interface Operators<Statement> {
  owner: pg.Client;
  /** private key of the operators, PEM */
  key: string;
  /** Resolves when the statement is durable outside the database. */
  publish(record: Statement): Promise<void>;
}

interface Means extends Operators<RestoreRecord> {
  records: TrailRecords;
}

/**
 * Says where a tenant's chains were and where they are now, signed and published outside, and as an event of the trail.
 *
 * @param published checkpoints that are known outside
 * @throws Error when none is known of this tenant, or nothing is missing
 */
export async function recordRestore(
  { owner, records, key, publish }: Means,
  { tenant, reason, by }: { tenant: string; reason: string; by: string },
  published: readonly Checkpoint[],
): Promise<RestoreRecord> {
  const ofTenant = published
    .filter((checkpoint) => checkpoint.tenant === tenant && checkpoint.kind === 'head')
    .sort((one, other) => signedRecords(other) - signedRecords(one));
  const [known] = ofTenant;
  if (!known) throw new Error(`no checkpoint of ${tenant} is known outside`);
  const heads = await records.heads(tenant);
  const restored = [...heads].map(([lane, { seq, hash }]) => ({ lane, seq, hash: hash.toString('hex') }));
  const lost = known.heads.filter(({ lane, seq }) => seq > (heads.get(lane)?.seq ?? 0));
  if (lost.length === 0) throw new Error(`${tenant} has all that was signed: there is nothing to say`);
  const lacking = await lackingIn(owner, { tenant, restored }, ofTenant);
  const statement = { tenant, restored, known: known.heads, knownAt: known.signed, lacking, reason, by };
  const record = await restoreStatements.sign(key, statement);
  await publish(record);
  await act(owner, () => {
    const lanes = lost.map(({ lane, seq }) => `${lane}:${(heads.get(lane)?.seq ?? 0) + 1}-${seq}`);
    const request = `restore from a backup, which lacks records ${lanes.join(' ')}: ${reason}`.slice(
      0,
      4_000,
    );
    return Promise.resolve({ result: undefined, acts: [{ tenant, action: 'restore', by, request }] });
  });
  return record;
}
