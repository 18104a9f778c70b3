/** `npm run audit -- restore --finish`: after a restore, when services have sent again all that they still have. */
import type { SequenceRange } from '@patient-access/events';
import type pg from 'pg';
import type { StoredOf } from '../checkpoints/stored-of.ts';
import { missingSequences } from '../delivery/producer-sequences.ts';
import { act } from '../retention/acts.ts';
import type { Operators } from './record-restore.ts';
import { type OfProducer, type ReplayRecord, replayStatements } from './replay-record.ts';
import type { RestoreRecord } from './restore-record.ts';

/** How many records of the tenant came after the restore, with numbers of the producer that the backup lacks. */
const CAME = `
  SELECT count(*)::int AS came
    FROM trail.batch b
    LEFT JOIN unnest($4::int[], $5::bigint[]) AS l (lane, seq) ON l.lane = b.lane,
         unnest(b.sequences) AS n (number)
   WHERE b.producer = $1 AND b.tenant = $2 AND b.last >= $3 AND b.first <= $6
     AND n.number BETWEEN $3 AND $6 AND n.number <> ALL (b.elsewhere) AND b.from_seq > coalesce(l.seq, 0)`;

/** The numbers from `first` to `last` without some of them. */
function rest([first, last]: SequenceRange, missing: readonly SequenceRange[]): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  let next = first;
  for (const [from, to] of missing) {
    if (from > next) ranges.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) ranges.push([next, last]);
  return ranges;
}

const numbersIn = (ranges: readonly SequenceRange[]) =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

interface Found {
  replayed: OfProducer;
  lost: OfProducer;
}

async function lookFor(owner: pg.Client, of: RestoreRecord, lacking: StoredOf): Promise<Found> {
  const { producer, first, last, records } = lacking;
  const missing = await missingSequences(owner, producer, [first, last]);
  const [lanes, ends] = [of.restored.map(({ lane }) => lane), of.restored.map(({ seq }) => seq)];
  const values = [producer, of.tenant, first, lanes, ends, last];
  const { rows } = await owner.query<{ came: number }>(CAME, values);
  const came = Math.min(records, rows[0]?.came ?? 0);
  // `records` counts a record twice that is in two histories (lacking.ts). No more can be lost than numbers are missing.
  const lost = Math.min(records - came, numbersIn(missing));
  return {
    replayed: { producer, records: came, ranges: rest([first, last], missing) },
    lost: { producer, records: lost, ranges: lost > 0 ? missing : [] },
  };
}

/** How many records the backup lacks, in all lanes together. */
function lackedRecords({ known, restored }: RestoreRecord): number {
  const ends = new Map(restored.map(({ lane, seq }) => [lane, seq]));
  return known.reduce((sum, { lane, seq }) => sum + Math.max(0, seq - (ends.get(lane) ?? 0)), 0);
}

const some = (found: readonly OfProducer[]) => found.filter(({ records }) => records > 0);
const inAll = (found: readonly { records: number }[]) => found.reduce((sum, { records }) => sum + records, 0);

/**
 * Says what came again since a restore and what did not, signed and published outside, and as an event of the trail. It may be
 * said again when more has come: the last statement counts.
 *
 * @param of the operators' statement about the restore
 */
export async function recordReplay(
  { owner, key, publish }: Operators<ReplayRecord>,
  of: RestoreRecord,
  by: string,
): Promise<ReplayRecord> {
  const { tenant, lacking = [] } = of;
  const found: Found[] = [];
  for (const each of lacking) found.push(await lookFor(owner, of, each));
  const statement = {
    ...{ tenant, restore: of.signed, by },
    replayed: some(found.map((each) => each.replayed)),
    lost: some(found.map((each) => each.lost)),
    unnamed: Math.max(0, lackedRecords(of) - inAll(lacking)),
  };
  const record = await replayStatements.sign(key, statement);
  await publish(record);
  const [came, lost] = [inAll(statement.replayed), inAll(statement.lost)];
  const unknown = statement.unnamed > 0 ? `, and of ${statement.unnamed} more nobody can tell` : '';
  const request = `restore of ${of.signed}: ${came} records came again, ${lost} are lost${unknown}`;
  await act(owner, () => ({ result: undefined, acts: [{ tenant, action: 'restore', by, request }] }));
  return record;
}
