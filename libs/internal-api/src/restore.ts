/**
 * What auth-service asks audit-service to learn whether its own database is an older one (after a restore, or a fail-over
 * to a standby that lagged), and what has ended since. auth-service signs both questions, as a `SequenceQuery` is signed.
 */
import { z } from 'zod';

/**
 * POST with a {@link DatabaseMark} as its query: 200 with the {@link HighestMark} of that database that audit-service has
 * stored, this one included.
 */
export const DATABASE_MARKS_PATH = '/internal/database-marks';

/** A database counts its mark up every second. So a lower mark than one that was stored before is an older database. */
export const DatabaseMark = z.object({
  database: z.uuid(),
  mark: z.coerce.number().int().nonnegative(),
  /**
   * The highest mark of which the asking process knows that audit-service stored it; 0: it knows of none. A trail that has a
   * lower one was put back itself (ADR 116). Left out by the release before.
   */
  known: z.coerce.number().int().nonnegative().optional(),
});
export type DatabaseMark = z.infer<typeof DatabaseMark>;

/** What auth-service signs of a mark. To tell the same mark once more does no harm. */
export const markStatement = ({ database, mark, known }: DatabaseMark): string =>
  known === undefined
    ? `urn:payer-patient-access:mark:1 ${database} ${mark}`
    : `urn:payer-patient-access:mark:2 ${database} ${mark} ${known}`;

export const HighestMark = z.object({
  highest: z.number().int().nonnegative(),
  /**
   * The trail has everything since then, ISO 8601: it was put back itself, or moved while nobody vouched for it. null: it
   * never was. Left out for who does not say what it knows.
   */
  wholeSince: z.iso.datetime().nullable().optional(),
});
export type HighestMark = z.infer<typeof HighestMark>;

/** GET with an {@link EndsQuery}: 200 with {@link TrailEnds}, in the order in which they were stored. */
export const TRAIL_ENDS_PATH = '/internal/ends/:tenant';

const MAX_ID_CHARACTERS = 128;

export const EndsQuery = z.object({
  /** stored at this instant or later, ISO 8601 */
  since: z.iso.datetime(),
  /** `next` of the page before */
  after: z.string().max(MAX_ID_CHARACTERS).optional(),
});
export type EndsQuery = z.infer<typeof EndsQuery>;

/** What auth-service signs of a question for ends. */
export const endsStatement = (tenant: string, { since, after = '' }: EndsQuery): string =>
  `urn:payer-patient-access:ends:1 ${tenant} ${since} ${after}`;

/** What the trail says that auth-service did. */
export const TrailEnd = z.object({
  /**
   * `grant`: it ended. `tokens`: tokens were issued for it or refreshed, so what an older database has of them was used up.
   * `client`: it was banned or deleted; `client-secret`: it has another secret.
   */
  what: z.enum(['grant', 'tokens', 'client', 'client-secret']),
  /** of the grant, or of the client */
  id: z.string(),
  /** why the grant ended */
  reason: z.string().optional(),
  /** ISO 8601 */
  at: z.iso.datetime(),
});
export type TrailEnd = z.infer<typeof TrailEnd>;

export const TrailEnds = z.object({
  ends: z.array(TrailEnd),
  /** null: these are all */
  next: z.string().nullable(),
});
export type TrailEnds = z.infer<typeof TrailEnds>;
