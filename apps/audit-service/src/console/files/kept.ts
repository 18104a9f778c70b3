/** What of a plan's trail a file was made of: a file that is whole says so of what it read, and of nothing else. */
import type { Statement } from '@patient-access/fhir-store';
import { LIFE_OF_TRAIL, type LifeOfTrail, lossesInWords } from '../../life-of-trail.ts';
import type { Ask } from '../ask.ts';
import type { ChainState } from '../chain-state.ts';
import { scoped } from '../console-sql.ts';
import type { Filter } from '../filter.ts';
import { beforeEnds } from '../filter-sql.ts';
import type { Undelivered } from '../undelivered.ts';

interface Found extends LifeOfTrail {
  /** the time until which the file reads all that was stored, and on which day that is; null: it reads nothing */
  until: Date | null;
  until_day: string | null;
  /** when the first record was stored that it does not read; null: there is none */
  behind: Date | null;
}

/** What a file reads. */
type Read = Filter & { upto: string };

/**
 * Deliveries to several lanes are stored at once. So when the ends of the lanes are read, a record may be on its way that was
 * stored before the last one of another lane. A delivery does not take this long: what was stored earlier was there.
 */
const ON_ITS_WAY = "interval '1 minute'";

/** The lanes are computed apart, so that Postgres finds their records by the index: see `BESIDE_CHAINS`. */
const ofTenant = (tenant: string, { upto, zone }: Read): Statement => ({
  text: `SELECT r.until, to_char(r.until AT TIME ZONE $3, 'YYYY-MM-DD') AS until_day, r.behind,
           ${LIFE_OF_TRAIL}
      FROM (SELECT max(l.stored) - ${ON_ITS_WAY} AS until, min(n.stored) AS behind
              FROM (SELECT p.seq, (p.place - 1)::smallint AS lane
                      FROM unnest($2::bigint[]) WITH ORDINALITY p (seq, place) OFFSET 0) u
              LEFT JOIN LATERAL (SELECT e.stored FROM trail.audit_event e
                WHERE e.tenant = $1 AND e.lane = u.lane AND e.seq <= u.seq
                ORDER BY e.seq DESC LIMIT 1) l ON true
              LEFT JOIN LATERAL (SELECT e.stored FROM trail.audit_event e
                WHERE e.tenant = $1 AND e.lane = u.lane AND e.seq > u.seq
                ORDER BY e.seq LIMIT 1) n ON true) r`,
  values: [tenant, `{${upto.replaceAll('.', ',')}}`, zone],
});

/**
 * Is there an event of the file that was recorded before its end, and reached the trail behind it? Those that were stored since the
 * first record behind the end are few, or were recorded late: the time of recording finds them, as in `lastStored`.
 */
function lateIn(tenant: string, read: Read, { behind, until }: { behind: Date; until: Date }): Statement {
  const { upto: _, ...whenever } = read;
  const { where, values, bind } = scoped(tenant, whenever);
  const text = `SELECT count(*) > 0 AS late FROM trail.audit_event e
    WHERE ${where} AND e.stored >= ${bind(behind.toISOString())}::timestamptz
      AND e.recorded < ${bind(until.toISOString())}::timestamptz AND NOT (${beforeEnds('e', read, bind)})`;
  return { text, values };
}

/** Whether a file has all of its period, and what its last line says of that, beginning with a space. */
export interface Kept {
  /** the time until which the file has all that had reached the trail; null: it lacks something, or may */
  wholeUntil: Date | null;
  said: string;
}

/**
 * The end comes from an address, which anybody may have changed: also that of one lane alone. What it says is the same
 * whenever the file is made, because nothing that is stored later comes before the end.
 */
function endOf({ until, until_day: day, behind }: Found, to: string): { short?: string; whole?: string } {
  if (until === null || day === null) return { short: ' NOT ALL: no record was read.' };
  if (behind !== null && behind < until)
    return {
      short: ` NOT ALL: records from ${behind.toISOString()} on were left out, and later ones were read.`,
    };
  if (day >= to)
    return { whole: ` Read up to ${until.toISOString()}, as far as services had delivered by then.` };
  return {
    short: ` NOT ALL: read up to ${until.toISOString()} alone. What was stored later may be missing.`,
  };
}

/** Whom a file or a page asks what is known of the trail. */
interface Known {
  tenant: string;
  ask: Ask;
  chains: ChainState;
  undelivered: Undelivered;
}

const ofLetters = (count: number): string =>
  count === 1
    ? ' NOT ALL: 1 dead letter waits, which may be a record of this plan.'
    : ` NOT ALL: ${count} dead letters wait, which may be records of this plan.`;

const ofProducers = (count: number): string =>
  ` NOT ALL: ${count === 1 ? '1 process' : `${count} processes`} recorded events that have not arrived, though later ones have; they may be of this plan.`;

/** What is in the trail and is not believed, and what is not in the trail and may belong there. */
async function doubtsOf({ tenant, chains, undelivered }: Known): Promise<string[]> {
  const { problems } = chains.of(tenant);
  const [letters, producers] = [await undelivered.deadLetters(tenant), await undelivered.producers()];
  return [
    ...(problems.length > 0 ? [` NOT ALL: the trail does not verify: ${problems.join('; ')}.`] : []),
    ...(letters > 0 ? [ofLetters(letters)] : []),
    ...(producers > 0 ? [ofProducers(producers)] : []),
  ];
}

/** Since when the trail is there, if that is within the period or behind it. */
function beginningOf({ first, dropped }: LifeOfTrail, { from, to }: Pick<Read, 'from' | 'to'>): string[] {
  if (!dropped || (first !== null && first < from)) return [];
  const begins = first === null || first > to ? 'behind this period' : `on ${first} (UTC)`;
  return [` NOT ALL: the trail begins ${begins}; the months before were dropped.`];
}

/** @returns what is known to be missing of a period when all is read that is stored: sentences, each beginning with a space */
export async function missingNow(known: Known, period: Pick<Read, 'from' | 'to'>): Promise<string[]> {
  const { tenant, ask } = known;
  const [life] = await ask<LifeOfTrail>({ text: `SELECT ${LIFE_OF_TRAIL}`, values: [tenant] });
  if (!life) throw new Error('the life of a trail has one row');
  return [...beginningOf(life, period), ...(await doubtsOf(known)), ...lossesInWords(life)];
}

const LATE =
  ' NOT ALL: events from before that time reached the trail later, and were left out. A link of a page that is made now has them.';

/** What came late is left out of a file whose address has an end from before it came. */
async function lateOf({ tenant, ask }: Known, reads: readonly Read[], found: Found): Promise<string[]> {
  const { behind, until } = found;
  if (behind === null || until === null) return [];
  for (const read of reads) {
    const [row] = await ask<{ late: boolean }>(lateIn(tenant, read, { behind, until }));
    if (row?.late) return [LATE];
  }
  return [];
}

/** The file may go to the member, so it does not name the other Patient, who may be somebody else. */
const ELSEWHERE =
  ' NOT ALL: records of this member stood under another Patient for a time, before a split or until a merge or a split was taken back. What left under that one is not in this file.';

/**
 * @param more.replaced members whose events the file reads as well
 * @param more.stoodElsewhere did records of the member stand under a Patient whose events it does not read?
 * @returns what is known to be missing of the period, and up to where the file reads. That end is the same whenever the file is made
 */
export async function keptOf(
  known: Known,
  read: Read,
  { replaced = [], stoodElsewhere = false }: { replaced?: readonly string[]; stoodElsewhere?: boolean } = {},
): Promise<Kept> {
  const { tenant, ask } = known;
  const [found] = await ask<Found>(ofTenant(tenant, read));
  if (!found) throw new Error('the sum of a trail has one row');
  const { short, whole = '' } = endOf(found, read.to);
  const reads = [read, ...replaced.map((member) => ({ ...read, member }))];
  const missing = [
    ...(short === undefined ? await lateOf(known, reads, found) : [short]),
    ...beginningOf(found, read),
    ...(await doubtsOf(known)),
    ...lossesInWords(found),
    ...(stoodElsewhere ? [ELSEWHERE] : []),
  ].join('');
  return { wholeUntil: missing === '' ? found.until : null, said: whole + missing };
}
