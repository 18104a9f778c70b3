/** What is asked of audit-service, and delivered to it. */
import { z } from 'zod';

/**
 * POST of access events, one signed message a line (`messageLine` of libs/events), with the producers' secret as bearer
 * token: 204 when all of them are committed.
 */
export const ACCESS_EVENTS_PATH = '/internal/access-events';

/** GET with a {@link SequenceQuery} and the producers' secret: 200 with {@link MissingEvents}. */
export const MISSING_EVENTS_PATH = '/internal/missing-events';

const MAX_PRODUCER_CHARACTERS = 128;
const MAX_RANGE = 10_000;

/** The sequence numbers of a producer from `first` to `last`, both included. */
export const SequenceQuery = z
  .strictObject({
    producer: z.string().min(1).max(MAX_PRODUCER_CHARACTERS),
    first: z.coerce.number().int().positive(),
    last: z.coerce.number().int().positive(),
  })
  .refine(({ first, last }) => last >= first && last - first < MAX_RANGE);
export type SequenceQuery = z.infer<typeof SequenceQuery>;

/** Which of those numbers audit-service has not committed, as ranges with both ends included. */
export const MissingEvents = z.strictObject({
  missing: z.array(z.tuple([z.number().int().positive(), z.number().int().positive()])),
});
export type MissingEvents = z.infer<typeof MissingEvents>;

/** The pages of the audit console: the gateway serves them at `/audit/{tenant}/`, with an auditor's introspection JWT. */
export const AUDIT_CONSOLE_PATH = '/internal/console/:tenant';

/**
 * GET with a {@link Period} and a member's introspection JWT: 200 with {@link MemberAccesses}, bound by `bindingHeaders`.
 * The question is recorded as one reading of the member's trail.
 */
export const MEMBER_ACCESSES_PATH = '/internal/access/:tenant';

/** Days as `2026-05-03`, both included, in a time zone by its IANA name. */
export interface Period {
  from: string;
  to: string;
  zone: string;
}

/** One app on one day, where it did the same thing each time. */
const OfOneApp = z.object({
  /** where the plan is, as `2026-05-03` */
  day: z.string(),
  /** client id */
  app: z.string(),
  /** what the app was called */
  name: z.string(),
  /** subject identifier of the login that the app acted for */
  login: z.string().nullable(),
  /** how often; an answer that held several types counts with the first of them */
  times: z.number().int(),
});

/** What one app did. */
const MemberAccess = z.discriminatedUnion('happened', [
  OfOneApp.extend({
    happened: z.literal('read'),
    /** of the resources; null where none was asked for */
    type: z.string().nullable(),
    resources: z.number().int(),
  }),
  OfOneApp.extend({
    happened: z.enum(['refused', 'failed']),
    /** the reason */
    what: z.string().nullable(),
  }),
  OfOneApp.extend({
    happened: z.literal('consent'),
    /** what became of a consent: `grant`, `revoke`, `deny` … */
    what: z.string(),
  }),
]);
export type MemberAccess = z.infer<typeof MemberAccess>;

/** Who saw a member's data in a period, the newest first. */
export const MemberAccesses = z.object({
  accesses: z.array(MemberAccess),
  /** false: there is more, older than what is here */
  complete: z.boolean(),
});
export type MemberAccesses = z.infer<typeof MemberAccesses>;
