/** `npm run audit -- restore`: before audit-service is started again on a database that comes from a backup. */
import { MAX_REQUEST_CHARACTERS } from '@patient-access/events';
import type pg from 'pg';
import {
  type Checkpoint,
  type CheckpointKeys,
  signedRecords,
  statedHeads,
} from '../checkpoints/checkpoint.ts';
import { act } from '../retention/acts.ts';
import type { Outside } from '../verify/outside.ts';
import type { TrailRecords } from '../verify/records.ts';
import type { Position } from '../verify/verify-chain.ts';
import { backupTime } from './backup-time.ts';
import { lackingIn } from './lacking.ts';
import { type RestoreRecord, restoreStatements } from './restore-record.ts';
import { isGone, standingOf } from './standing.ts';

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
  checkpointKeys: CheckpointKeys;
}

type Known = Pick<Outside, 'checkpoints' | 'restores'>;
type Head = Checkpoint['heads'][number];

const restoresOf = ({ restores }: Known, tenant: string) => restores.filter((each) => each.tenant === tenant);

/**
 * Finds out when the backup was made, and what is known of the trail that it is a copy of.
 *
 * @param ends of the lanes in the backup
 * @returns `later`: the restores that were signed after the backup; `heads`: the checkpoints of the same trail, that with the most
 *   records first
 */
async function sameHistory(
  { records, checkpointKeys }: Means,
  { tenant, ends }: { tenant: string; ends: ReadonlyMap<number, Position> },
  outside: Known,
): Promise<{ backupAt: string | undefined; later: RestoreRecord[]; heads: Checkpoint[] }> {
  const heads = outside.checkpoints.filter((each) => each.tenant === tenant && each.kind === 'head');
  const inside = (await records.fewCheckpoints(tenant, checkpointKeys)).filter(({ kind }) => kind === 'head');
  const backupAt = await backupTime(records, ends, [...heads, ...inside]);
  const ofTenant = restoresOf(outside, tenant);
  const later = ofTenant.filter(({ signed }) => backupAt !== undefined && backupAt < signed);
  const standing = standingOf(ofTenant.filter((restore) => !later.includes(restore)));
  return {
    backupAt,
    later,
    heads: heads
      .filter(({ heads: lanes, signed }) => !lanes.some((head) => isGone(standing, { ...head, signed })))
      .sort((one, other) => signedRecords(other) - signedRecords(one)),
  };
}

/** @returns the restore in words, for auditors */
function restoreInWords(
  lost: readonly Head[],
  heads: ReadonlyMap<number, Position>,
  backupAt: string | undefined,
) {
  const lanes = lost.map(({ lane, seq }) => `${lane}:${(heads.get(lane)?.seq ?? 0) + 1}-${seq}`);
  const what =
    lost.length > 0 ? `lacks records ${lanes.join(' ')}` : `has all that was signed until ${backupAt}`;
  return `restore from a backup, which ${what}`;
}

/** What the operators say. */
interface Told {
  tenant: string;
  reason: string;
  /** name of the administrator */
  by: string;
  /** when the earlier restores were signed that this one is meant to undo */
  undoes?: readonly string[];
}

/** A published statement cannot be taken back. So whoever has restored a wrong backup has to see before what it would undo. */
function expectMeant({ tenant, undoes = [] }: Told, undone: readonly string[], backupAt: string | undefined) {
  const stray = undoes.filter((signed) => !undone.includes(signed));
  if (stray.length > 0)
    throw new Error(`${tenant}: this backup undoes no restore of ${stray.join(', ')}; nothing is signed`);
  if (undone.every((signed) => undoes.includes(signed))) return;
  throw new Error(
    `${tenant}: the backup has what was signed until ${backupAt}, so this would undo the restore of ${undone.join(', ')}; ` +
      `nothing is signed. If that is meant: ${undone.map((signed) => `--undoes ${signed}`).join(' ')}`,
  );
}

/**
 * Says where a tenant's chains were and where they are now, signed and published outside, and as an event of the trail.
 *
 * @param outside checkpoints that are known outside the database, and what the operators said of earlier restores
 * @throws Error when no checkpoint is known of this tenant, when nothing is missing and no earlier restore is undone, or when
 *   an earlier restore would be undone and `undoes` does not say so
 */
export async function recordRestore(means: Means, told: Told, outside: Known): Promise<RestoreRecord> {
  const { owner, records, key, publish } = means;
  const { tenant, reason, by } = told;
  const heads = await records.heads(tenant);
  const { backupAt, later, heads: ofTenant } = await sameHistory(means, { tenant, ends: heads }, outside);
  const [known] = ofTenant;
  if (!known) throw new Error(`no checkpoint of ${tenant} is known outside`);
  const restored = statedHeads(heads);
  const lost = known.heads.filter(({ lane, seq }) => seq > (heads.get(lane)?.seq ?? 0));
  // Checkpoints that were signed after a restore that is undone now contradict this trail, also where it lacks nothing.
  const undone = standingOf(later).map(({ restore }) => restore.signed);
  if (lost.length === 0 && undone.length === 0)
    throw new Error(`${tenant} has all that was signed: there is nothing to say`);
  expectMeant(told, undone, backupAt);
  const lacking = await lackingIn(owner, { tenant, restored, later }, ofTenant);
  const was = { known: known.heads, knownAt: known.signed, lacking, backupAt };
  const statement = { tenant, restored, ...was, reason, by };
  const record = await restoreStatements.sign(key, statement);
  const request = `${restoreInWords(lost, heads, backupAt)}: ${reason}`.slice(0, MAX_REQUEST_CHARACTERS);
  const acts = [{ tenant, action: 'restore', by, request }] as const;
  // The statement is published last. If it were published and its event failed, the next statement would have to undo it.
  return act(owner, () => ({ result: record, acts, publish: () => publish(record) }));
}
