/** The calls to audit-service: its queries, and the delivery of events. */
import { z } from 'zod';

/**
 * POST of access events in signed batches (`batchText` of libs/events), with an empty line between two batches: 204 when
 * all of them are committed. A batch that its producer did not sign gets 401, and then nothing is stored. 503 when the
 * database has no time for it: then some may be stored, and all are to be sent again. 503 with {@link HELD_PLANS_HEADER} when
 * the trail of a plan takes no events now: then those of all other plans are committed.
 */
export const ACCESS_EVENTS_PATH = '/internal/access-events';

/** The plans of a delivery whose events were not taken, separated by spaces. */
export const HELD_PLANS_HEADER = 'x-held-plans';

/** GET with a {@link SequenceQuery} that its producer signed: 200 with {@link MissingEvents}. */
export const MISSING_EVENTS_PATH = '/internal/missing-events';

const MAX_PRODUCER_CHARACTERS = 128;
const MAX_RANGE = 10_000;

/** The sequence numbers of a producer from `first` to `last`, both included. */
export const SequenceQuery = z
  .object({
    producer: z.string().min(1).max(MAX_PRODUCER_CHARACTERS),
    first: z.coerce.number().int().positive(),
    last: z.coerce.number().int().positive(),
  })
  .refine(({ first, last }) => last >= first && last - first < MAX_RANGE);
export type SequenceQuery = z.infer<typeof SequenceQuery>;

/** Beside a {@link SequenceQuery}: id of the key, a space, and the Ed25519 signature of {@link questionStatement}, base64url. */
export const QUESTION_SIGNATURE_HEADER = 'x-question-signature';

/** A question that names its time is answered for so long, so that one that was overheard is worth nothing afterwards. */
export const SIGNED_QUESTION_SECONDS = 60;

/** What is signed of a question. The answer tells nothing but numbers and plans, so that a repeated question does no harm. */
export const questionStatement = ({ producer, first, last }: SequenceQuery): string =>
  `urn:payer-patient-access:missing:1 ${producer} ${first} ${last}`;

export const MissingEvents = z.object({
  /** which of those numbers audit-service has not committed, as ranges with both ends included */
  missing: z.array(z.tuple([z.number().int().positive(), z.number().int().positive()])),
  /** the plans to whose trail it appends nothing now, whoever asks; not said while it does not know, or by a release before */
  held: z.array(z.string()).optional(),
});
export type MissingEvents = z.infer<typeof MissingEvents>;

/**
 * The pages of the audit console. The gateway serves them at `/audit/{tenant}/`, and sends an auditor's introspection
 * JWT.
 */
export const AUDIT_CONSOLE_PATH = '/internal/console/:tenant';

/** What there is below {@link AUDIT_CONSOLE_PATH}: pages, their style sheet, and files. */
export const AUDIT_CONSOLE_PAGES: ReadonlySet<string> = new Set([
  'overview',
  'search',
  'member',
  'app',
  'refusals',
  'revoked',
  'bursts',
  'changes',
  'notice',
  'style.css',
  'events.csv',
  'events.ndjson',
  'manifest.json',
  'disclosures.csv',
  'disclosures.pdf',
  'notice.csv',
  'ended-tokens.csv',
]);

/**
 * GET with a {@link Period} and a member's introspection JWT: 200 with {@link MemberAccesses}, bound by
 * `bindingHeaders`. The query is recorded as one reading of the member's trail.
 */
export const MEMBER_ACCESSES_PATH = '/internal/access/:tenant';

/** Days as `2026-05-03`, both included, in a time zone by its IANA name. */
export interface Period {
  from: string;
  to: string;
  zone: string;
}

/** Equal actions of one app on one day. */
const OfOneApp = z.object({
  /** in the plan's time zone, as `2026-05-03` */
  day: z.string(),
  /** client id */
  app: z.string(),
  /** the name of the app at that time */
  name: z.string(),
  /** subject identifier of the login for which the app acted */
  login: z.string().nullable(),
  /** by how many requests; one with several types, or to which several services gave a part, counts under one type */
  times: z.number().int(),
});

/** The actions of one app. */
const MemberAccess = z.discriminatedUnion('happened', [
  OfOneApp.extend({
    happened: z.literal('read'),
    /** of the resources; null when the request named no type, and of what userinfo tells */
    type: z.string().nullable(),
    /** without a type: how often userinfo told who had logged in */
    resources: z.number().int(),
  }),
  OfOneApp.extend({
    /** `interrupted`: the answer broke off, so that a part of it at most arrived */
    happened: z.enum(['refused', 'failed', 'interrupted']),
    /** the reason; null of an answer that broke off */
    what: z.string().nullable(),
  }),
  OfOneApp.extend({
    happened: z.literal('consent'),
    /** what was done to a consent: `grant`, `revoke`, `deny` … */
    what: z.string(),
  }),
  /** The plan corrected whose records these are. There is no app, and no login. */
  OfOneApp.extend({
    happened: z.literal('corrected'),
    /** what was done: `withdraw`, `merge` …; null: the release before does not say it */
    what: z.string().nullable(),
  }),
]);
export type MemberAccess = z.infer<typeof MemberAccess>;

/** Who saw a member's data in a period, newest first. */
export const MemberAccesses = z.object({
  accesses: z.array(MemberAccess),
  /** false if there are older accesses that are not in the list */
  complete: z.boolean(),
});
export type MemberAccesses = z.infer<typeof MemberAccesses>;
