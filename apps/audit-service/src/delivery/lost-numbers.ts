/** `npm run audit -- lost`: numbers of producers that never come, because their events are lost (docs/audit.md). */
import { MAX_REQUEST_CHARACTERS, MAX_TEXT_CHARACTERS } from '@patient-access/events';
import type pg from 'pg';
import { z } from 'zod';
import { act } from '../retention/acts.ts';
import { countDeadLetters } from './dead-letters.ts';
import { numbersAbove } from './producer-sequences.ts';

/** A row for each. A restore that lost more is recorded in parts. */
const MAX_NUMBERS = 1_000_000;
/** The trail of each plan has them all in words, and so has the end of each of its files. */
const MAX_RANGES = 1_000;

const Sequence = z.number().int().positive();

/** Numbers of a producer that have not come, both ends included. */
const Gap = z.object({ producer: z.string().min(1), first: Sequence, last: Sequence });
type Gap = z.infer<typeof Gap>;

/** What `audit lost` prints, and the operators give back. */
export const Gaps = z.array(Gap.refine(({ first, last }) => first <= last, 'first is behind last')).min(1);

/**
 * Gaps below a number that came two minutes ago or more. Until then an earlier number may be on its way; the console waits as
 * long (producer-sequences.ts). The number of a record that is no event has no time of its own: its dead letter has one.
 */
const GAPS = `
  SELECT p.name AS producer, g.before + 1 AS first, g.sequence - 1 AS last
    FROM producer p
   CROSS JOIN LATERAL (
         SELECT n.sequence, lag(n.sequence, 1, p.through) OVER (ORDER BY n.sequence) AS before
           FROM (${numbersAbove()}) n) g
   WHERE g.sequence > g.before + 1
     AND (EXISTS (SELECT FROM trail.batch b WHERE b.producer = p.name AND b.last >= g.sequence
                     AND b.stored < now() - interval '2 minutes')
          OR EXISTS (SELECT FROM arrival a WHERE a.producer = p.name AND a.sequence >= g.sequence AND NOT a.lost)
             AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.producer = p.name
                                AND d.received_at >= now() - interval '2 minutes'))
   ORDER BY p.name, g.before`;

/** Two operators take turns, so the second one finds nothing missing any more. */
const ALONE = "SELECT pg_advisory_xact_lock(hashtext('audit lost'))";

/** Leaves out numbers that arrived after the list was made, and that the producer's mark has passed. */
const RECORD = `
  INSERT INTO arrival (producer, sequence, lost)
  SELECT p.name, n.sequence, true
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS named (producer, first, last)
    JOIN producer p ON p.name = named.producer
   CROSS JOIN LATERAL generate_series(named.first, named.last) AS n (sequence)
   WHERE n.sequence > p.through
      ON CONFLICT DO NOTHING`;

/** All plans, because nobody knows to which plan a lost number belongs. */
const PLANS = 'SELECT DISTINCT tenant FROM trail.chain_head ORDER BY tenant';

/** @returns what is missing below numbers that came two minutes ago or more */
export async function gapsOf(owner: pg.Client): Promise<Gap[]> {
  const { rows } = await owner.query<{ producer: string; first: string; last: string }>(GAPS);
  return rows.map(({ producer, first, last }) => ({ producer, first: Number(first), last: Number(last) }));
}

const isWithin = (part: Gap, { producer, first, last }: Gap) =>
  part.producer === producer && first <= part.first && part.last <= last;

const inWords = ({ producer, first, last }: Gap) =>
  `${producer} ${first === last ? first : `${first}–${last}`}`;

/** Each range is missing, and no number is in two of them. */
function expectMissing(named: readonly Gap[], gaps: readonly Gap[]): void {
  const stray = named.find((each) => !gaps.some((gap) => isWithin(each, gap)));
  if (stray)
    throw new Error(`${inWords(stray)} is not what is missing now: list it again; nothing is recorded`);
  const twice = named.find((each, at) =>
    named.some(
      (other, of) =>
        of < at && other.producer === each.producer && other.first <= each.last && each.first <= other.last,
    ),
  );
  if (twice) throw new Error(`${inWords(twice)} is named twice; nothing is recorded`);
}

const countOf = (named: readonly Gap[]) => named.reduce((sum, { first, last }) => sum + last - first + 1, 0);

const requestOf = (named: readonly Gap[], reason: string) =>
  `${countOf(named)} events that never come: ${reason} (${named.map(inWords).join(', ')})`;

/** @returns the numbers in as many parts as it takes for an event to say each of them */
function partsOf(named: readonly Gap[], reason: string): Gap[][] {
  const parts: Gap[][] = [];
  for (const each of named) {
    const part = parts.at(-1);
    if (part && requestOf([...part, each], reason).length <= MAX_REQUEST_CHARACTERS) part.push(each);
    else parts.push([each]);
  }
  return parts;
}

/** @throws Error when it is too much for one transaction and the events about it */
function expectFew(named: readonly Gap[], reason: string): void {
  if (reason.length > MAX_TEXT_CHARACTERS)
    throw new Error(`the reason is longer than ${MAX_TEXT_CHARACTERS} characters`);
  const count = countOf(named);
  if (count > MAX_NUMBERS)
    throw new Error(`${count} numbers are more than ${MAX_NUMBERS}: name them in parts`);
  if (named.length > MAX_RANGES)
    throw new Error(`${named.length} ranges are more than ${MAX_RANGES}: name them in parts`);
}

async function insertLost(owner: pg.Client, named: readonly Gap[]): Promise<void> {
  const values = [named.map((each) => each.producer), named.map((each) => each.first)];
  const { rowCount } = await owner.query(RECORD, [...values, named.map((each) => each.last)]);
  if (rowCount !== countOf(named))
    throw new Error('some of these came in this moment: list them again; nothing is recorded');
}

/**
 * Records that these numbers never come. They are no gap any more: the alert about them ends, and the console's files and pages
 * say that these events are lost and no longer that they have not arrived. An event that comes after all is stored as any other.
 * The trail of each plan says who decided this and why.
 *
 * @param named parts of what {@link gapsOf} has now
 * @returns how many numbers were recorded
 * @throws Error when something is named that is not missing, or while dead letters wait, which may be these
 */
export async function recordLost(
  owner: pg.Client,
  named: readonly Gap[],
  { reason, by }: { reason: string; by: string },
): Promise<{ recorded: number }> {
  expectFew(named, reason);
  return act(owner, async () => {
    await owner.query(ALONE);
    const letters = await countDeadLetters(owner);
    if (letters > 0)
      throw new Error(
        `dead letters wait (${letters}), which may be these: deal with them first; nothing is recorded`,
      );
    expectMissing(named, await gapsOf(owner));
    await insertLost(owner, named);
    const { rows: plans } = await owner.query<{ tenant: string }>(PLANS);
    const acts = partsOf(named, reason).map((part) => ({
      ...({ action: 'lost', by } as const),
      count: countOf(part),
      request: requestOf(part, reason),
    }));
    return {
      result: { recorded: countOf(named) },
      acts: plans.flatMap(({ tenant }) => acts.map((each) => ({ tenant, ...each }))),
    };
  });
}
