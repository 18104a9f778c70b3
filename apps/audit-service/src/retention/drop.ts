/** Drops records whose retention is over, so that the rest of the chain can still be verified. */
import type { EventKeys } from '@patient-access/events';
import type pg from 'pg';
import { type Checkpoint, type CheckpointSigner, signedRecords } from '../checkpoints/checkpoint.ts';
import type { CheckpointPublisher } from '../checkpoints/publish.ts';
import { storeCheckpoints } from '../checkpoints/sign-heads.ts';
import { lacksPublished } from '../verify/published.ts';
import type { TrailRecords } from '../verify/records.ts';
import { ChainVerifier, type Position, type Problem } from '../verify/verify-chain.ts';
import type { VerifierKeys } from '../verify/verify.ts';
import { act, type Act } from './acts.ts';
import { DropPlan, type Going, type MonthToDrop } from './plan.ts';
import { OF_TENANT } from '../of-tenant.ts';

/** The keys of the services are required: without their signatures, nobody sees that a record was rewritten with its hash. */
type DropKeys = VerifierKeys & { events: EventKeys };

interface Means {
  owner: pg.Client;
  records: TrailRecords;
  signer: CheckpointSigner;
  keys: DropKeys;
  /** of any tenant, from outside the database, whose owner can delete its own copies */
  published: readonly Checkpoint[];
  publisher: CheckpointPublisher;
  /** name of the administrator */
  by: string;
  /** is told at once of a trail that does not verify, and what is kept for it */
  onBroken(what: string): void;
}

/** Whoever runs this is told of what stays although its month goes: it is in no chain. */
const DROP = 'SELECT of_tenant AS tenant, records::float8 AS records FROM trail.drop_month($1, $2, $3)';
/** While months are dropped, nobody can set a hold or a retention. What is set afterwards applies to what is left. */
const NO_NEW_RULES = 'LOCK TABLE trail.legal_hold, trail.retention IN SHARE MODE';

/**
 * A letter that was dealt with has records that are in the trail, or were never let in. They are kept for no longer than the
 * trail's own. The batch says of which plan it is. One that waits may yet belong into the trail.
 *
 * While a plan has a legal hold, on one member too, its letters stay. A letter does not say whose records are in its batch, and
 * these may be in the trail of a later month, or in none.
 */
const DROP_LETTERS = `
  WITH gone AS (DELETE FROM public.dead_letter
                 WHERE replayed_at IS NOT NULL AND received_at < $2 AND producer IS NOT NULL
                   AND split_part(split_part(body, E'\\n', 1), ' ', 3) = ANY ($1)
                   AND NOT EXISTS (SELECT FROM trail.legal_hold h WHERE h.lifted_at IS NULL
                                    AND h.tenant = split_part(split_part(body, E'\\n', 1), ' ', 3))
                RETURNING split_part(split_part(body, E'\\n', 1), ' ', 3) AS tenant)
  SELECT tenant, count(*)::int AS letters FROM gone GROUP BY 1`;

/** Which app got something of whom on which day, as counted for the report to CMS, goes with the records that it was counted from. */
const DROP_TRANSFERS = 'DELETE FROM trail.transfer WHERE tenant = $1 AND day < $2';

type Wrong = Pick<Problem, 'lane' | 'seq' | 'kind'> | 'unpublished';

/** @returns what was signed of a tenant, inside and outside the database */
async function checkpointsOf({ records, keys, published }: Means, tenant: string): Promise<Checkpoint[]> {
  const outside = published.filter((checkpoint) => checkpoint.tenant === tenant);
  return [...(await records.checkpoints(tenant, keys.checkpoints)), ...outside];
}

/** What is about to go has to be whole: afterwards nobody could tell. @returns what is wrong */
async function problemOf(means: Means, { tenant, heads }: Going): Promise<Wrong | undefined> {
  const { records, keys, published } = means;
  if (await lacksPublished(records, tenant, keys, published)) return 'unpublished';
  const checkpoints = await checkpointsOf(means, tenant);
  // Read after them: what was signed had been appended.
  const ends = await records.heads(tenant);
  const last = new Map(heads.map(({ lane, seq }) => [lane, seq]));
  for (const lane of new Set([...last.keys(), ...ends.keys()])) {
    const chain = new ChainVerifier(tenant, lane, checkpoints, keys);
    const problem = await problemUpTo(records, chain, last.get(lane), ends.get(lane));
    if (problem) return problem;
  }
  return undefined;
}

/**
 * Of the first record that is kept, it is enough that it stands in its place: then no record and no part of a batch is gone
 * before it. Where there is none, the end of the chain and what was signed of it say whether this was the last.
 *
 * @param last number of the last record that goes; undefined: none of this lane does, or somebody removed them all
 * @param end of the lane
 */
async function problemUpTo(
  records: TrailRecords,
  chain: ChainVerifier,
  last: number | undefined,
  end: Position | undefined,
): Promise<Wrong | undefined> {
  const kept = last === undefined ? undefined : last + 1;
  const [upTo, limit] = kept === undefined ? [end?.seq ?? 0, 1] : [kept, Infinity];
  let seen = 0;
  for await (const record of records.read(chain, 0, upTo, limit)) {
    const problem = chain.next(record);
    const isKept = kept === undefined || record.seq === kept;
    if (problem && !(isKept && problem.kind === 'foreign')) return problem;
    seen = record.seq;
  }
  const isGoneBehind = kept !== undefined && seen < kept && (end?.seq ?? 0) >= kept;
  if (isGoneBehind) return { lane: chain.lane, seq: seen + 1, kind: 'missing' };
  const isEnd = kept === undefined ? seen === 0 : seen < kept;
  return isEnd ? chain.end(end) : undefined;
}

/** Lanes that an earlier root speaks of, and that have had no record since, are still said. */
async function rootOf(means: Means, { tenant, heads }: Going) {
  const roots = (await checkpointsOf(means, tenant)).filter(({ kind }) => kind === 'root');
  const latest = roots.sort((one, other) => signedRecords(other) - signedRecords(one))[0]?.heads ?? [];
  const before = latest.filter((head) => !heads.some(({ lane }) => lane === head.lane));
  return { tenant, heads: [...heads, ...before].sort((a, b) => a.lane - b.lane), kind: 'root' as const };
}

const problemInWords = (wrong: Wrong): string =>
  wrong === 'unpublished'
    ? 'no checkpoint of it is known outside the database'
    : `record ${wrong.seq} of lane ${wrong.lane} is ${wrong.kind}`;

const nameOf = ({ from }: MonthToDrop) => from.toISOString().slice(0, 'yyyy-mm'.length);

/**
 * Drops what is kept outside the trail for as long as these records. Of this year and of last year transfers stay: the report about
 * them is compared with these, and has to differ where the trail was dropped earlier.
 *
 * @returns how many dead letters went, by tenant
 */
async function dropBeside(
  owner: pg.Client,
  { to, going }: MonthToDrop,
  now: Date,
): Promise<ReadonlyMap<string, number>> {
  const lastYear = new Date(Date.UTC(now.getUTCFullYear() - 1, 0));
  const day = (to < lastYear ? to : lastYear).toISOString().slice(0, 'yyyy-mm-dd'.length);
  for (const { tenant } of going) {
    await owner.query(OF_TENANT, [tenant]);
    await owner.query(DROP_TRANSFERS, [tenant, day]);
  }
  const tenants = going.map(({ tenant }) => tenant);
  const { rows } = await owner.query<{ tenant: string; letters: number }>(DROP_LETTERS, [tenants, to]);
  return new Map(rows.map(({ tenant, letters }) => [tenant, letters]));
}

async function dropMonth(means: Means, month: MonthToDrop, now: Date): Promise<void> {
  const { owner, signer, publisher, by, onBroken } = means;
  const roots = await Promise.all(month.going.map((going) => rootOf(means, going)));
  await publisher.prepare();
  await act(owner, async () => {
    await owner.query(NO_NEW_RULES);
    const plan = new DropPlan(owner, now);
    for (const { tenant } of month.going)
      if (!(await plan.mayGo(tenant, month)))
        throw new Error(
          `nothing of ${nameOf(month)} is dropped: meanwhile ${tenant} got a legal hold or a longer retention`,
        );
    const ends = month.going.flatMap(({ tenant, heads }) => heads.map((head) => ({ tenant, ...head })));
    const going = month.going.map(({ tenant }) => tenant);
    // Before others have to wait for the table of the month.
    const lettersOf = await dropBeside(owner, month, now);
    const { rows: beside } = await owner.query<{ tenant: string; records: number }>(DROP, [
      ...[month.from, going, JSON.stringify(ends)],
    ]);
    for (const { tenant, records } of beside)
      onBroken(`${tenant}: ${records} of ${nameOf(month)} stay, because they are in no chain`);
    const besideOf = new Map(beside.map(({ tenant, records }) => [tenant, records]));
    const signed = await Promise.all(roots.map((root) => signer.sign(root)));
    await storeCheckpoints(owner, signed);
    const acts = month.going.map(({ tenant, records, heads }): Act => {
      const upTo = heads.map(({ lane, seq }) => `${lane}:${seq}`).join(' ');
      const staying = besideOf.has(tenant) ? `; ${besideOf.get(tenant)} in no chain stay` : '';
      const letters = lettersOf.has(tenant) ? `; with ${lettersOf.get(tenant)} dead letters` : '';
      const request = `drop ${nameOf(month)}, up to records ${upTo}${staying}${letters}`;
      return { tenant, action: 'drop', by, request, count: records };
    });
    // Last of all: with a root that is known, records could go that a failure of this transaction kept.
    return { result: undefined, acts, publish: () => publisher.publish(signed) };
  });
}

/**
 * @param broken tenants of earlier months; those of this month are added, and told of
 * @returns whose records can go; undefined: nobody's, because this month's table is evidence
 */
async function wholeIn(means: Means, month: MonthToDrop, broken: Set<string>): Promise<Going[] | undefined> {
  const whole: Going[] = [];
  let isEvidence = false;
  for (const going of month.going.filter(({ tenant }) => !broken.has(tenant))) {
    const problem = await problemOf(means, going);
    if (!problem) {
      whole.push(going);
      continue;
    }
    broken.add(going.tenant);
    const isForeign = problem !== 'unpublished' && problem.kind === 'foreign';
    isEvidence ||= !isForeign;
    const kept = isForeign
      ? `${going.tenant} keeps its trail`
      : `${going.tenant} keeps its trail, and all plans keep ${nameOf(month)} and later`;
    means.onBroken(`${kept}: ${problemInWords(problem)}`);
  }
  return isEvidence ? undefined : whole;
}

/** Looked at once for each plan, in all of its months. */
async function nameBeside({ records, onBroken }: Means, months: readonly MonthToDrop[]): Promise<void> {
  const tenants = new Set(months.flatMap(({ going }) => going.map(({ tenant }) => tenant)));
  for (const tenant of tenants) {
    const beside = await records.besideChains(tenant);
    if (!beside) continue;
    const { lane, seq, id } = beside;
    onBroken(`${tenant}: record ${seq} of lane ${lane}, AuditEvent/${id}, is in no chain, and stays`);
  }
}

/**
 * Drops whole months, the oldest first. For each month, one transaction drops the records, and stores the events about it and
 * the root that replaces them. The root is signed and published when nothing but the end of the transaction can fail: it would
 * cover a later deletion of records that were kept. A tenant whose chain does not verify keeps its records.
 *
 * A `foreign` record is signed, and says itself what it is. Anything else is a record that somebody changed or removed, and
 * the files of its month's table are evidence of that. To drop the month of other tenants copies it and deletes these files,
 * so it stays, with all later ones, until somebody sets a hold on that tenant: it is planned for no more then. A tenant whose
 * checkpoints outside are gone is treated alike: nobody can tell what was changed.
 *
 * A record in no chain replaced none, and hinders nobody: it stays where it is, and is told of.
 *
 * @throws Error when a root cannot be published, or a hold or a longer retention was set meanwhile; nothing of that month is dropped then
 */
export async function dropMonths(means: Means, now: Date): Promise<MonthToDrop[]> {
  const dropped: MonthToDrop[] = [];
  const broken = new Set<string>();
  const months = await planned(means.owner, now);
  await nameBeside(means, months);
  for (const month of months) {
    const going = await wholeIn(means, month, broken);
    if (!going) break;
    if (going.length === 0) continue;
    await dropMonth(means, { ...month, going }, now);
    dropped.push({ ...month, going });
  }
  return dropped;
}

/** What {@link dropMonths} would drop now. */
export async function planned(owner: pg.Client, now: Date): Promise<MonthToDrop[]> {
  await owner.query('BEGIN');
  try {
    return await new DropPlan(owner, now).months();
  } finally {
    await owner.query('ROLLBACK');
  }
}
