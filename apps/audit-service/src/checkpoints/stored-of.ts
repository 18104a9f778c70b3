/**
 * Which producers' records a checkpoint stands for, and up to which of their numbers: so it is known outside the database what
 * a backup lacks, also of a producer that was born after the backup (ADR 113).
 */
import { z } from 'zod';

/** The most producers that a checkpoint names: those with the most records. */
const MAX_PRODUCERS = 200;

/** Of one producer: between `first` and `last`, both included, so many records of the tenant have these numbers. */
export const StoredOf = z.object({
  producer: z.string().max(128),
  first: z.number().int().positive(),
  last: z.number().int().positive(),
  records: z.number().int().nonnegative(),
});
export type StoredOf = z.infer<typeof StoredOf>;

/** The end of a lane, as of a checkpoint. */
export interface LaneEnd {
  lane: number;
  seq: number;
}

/** Whoever can read trail.batch. */
interface Reader {
  query<Row>(text: string, values: unknown[]): Promise<{ rows: Row[] }>;
}

const STORED = `
  SELECT b.producer, min(b.first)::float8 AS first, max(b.last)::float8 AS last,
         sum(b.to_seq - b.from_seq + 1)::float8 AS records
    FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS l (lane, after, upto)
    JOIN trail.batch b ON b.tenant = $1 AND b.lane = l.lane AND b.from_seq > l.after AND b.from_seq <= l.upto
   GROUP BY b.producer`;

/** @returns what was stored of a tenant behind some ends of its lanes, up to others */
export async function storedBetween(
  reader: Reader,
  tenant: string,
  after: readonly LaneEnd[],
  upto: readonly LaneEnd[],
): Promise<StoredOf[]> {
  const before = new Map(after.map(({ lane, seq }) => [lane, seq]));
  const lanes = upto.map(({ lane }) => lane);
  const values = [tenant, lanes, lanes.map((lane) => before.get(lane) ?? 0), upto.map(({ seq }) => seq)];
  return (await reader.query<StoredOf>(STORED, values)).rows;
}

/** @returns how many records are behind some ends of a tenant's lanes, up to others */
export function recordsBetween(after: readonly LaneEnd[], upto: readonly LaneEnd[]): number {
  const before = new Map(after.map(({ lane, seq }) => [lane, seq]));
  return upto.reduce((sum, { lane, seq }) => sum + Math.max(0, seq - (before.get(lane) ?? 0)), 0);
}

/** @returns one entry for each producer, those with the most records first */
export function addedUp(entries: readonly StoredOf[]): StoredOf[] {
  const merged = new Map<string, StoredOf>();
  for (const { producer, first, last, records } of entries) {
    const known = merged.get(producer) ?? { producer, first, last, records: 0 };
    merged.set(producer, {
      producer,
      first: Math.min(known.first, first),
      last: Math.max(known.last, last),
      records: known.records + records,
    });
  }
  return [...merged.values()]
    .sort((one, other) => other.records - one.records || one.producer.localeCompare(other.producer))
    .slice(0, MAX_PRODUCERS);
}
