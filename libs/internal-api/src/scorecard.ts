/** What auth-service asks audit-service for a plan: how well apps get on with it, as sums of days. */
import { z } from 'zod';

/** GET with a {@link ScorecardQuery}, signed as {@link scorecardStatement}: 200 with a {@link Scorecard}. */
export const SCORECARD_PATH = '/internal/scorecard/:tenant';

const MAX_DAYS = 92;
const DEFAULT_DAYS = 30;

/** The last whole days (UTC) up to yesterday. */
export const ScorecardDays = z.coerce.number().int().min(1).max(MAX_DAYS).default(DEFAULT_DAYS);

export const ScorecardQuery = z.object({
  days: ScorecardDays,
  /** when the question was asked, ISO 8601 */
  asked: z.iso.datetime(),
});
export type ScorecardQuery = z.infer<typeof ScorecardQuery>;

export const scorecardStatement = (tenant: string, { days, asked }: ScorecardQuery): string =>
  `urn:payer-patient-access:scorecard:1 ${JSON.stringify([tenant, days, asked])}`;

const Count = z.int().nonnegative();
const Reason = z.object({ reason: z.string(), count: Count });
/** null where nothing happened */
const Share = z.number().min(0).max(1).nullable();

const Requests = z.object({
  answered: Count,
  /** the app, the member or the plan was the cause */
  refused: Count,
  /** we were the cause (5xx) */
  failed: Count,
  /** of all three, what did not fail on our side */
  shareNotFailed: Share,
});

export const Scorecard = z.object({
  tenant: z.string(),
  /** first and last day, UTC */
  from: z.iso.date(),
  to: z.iso.date(),
  /** what was stored up to this moment is counted; null: nothing yet */
  countedUntil: z.iso.datetime().nullable(),
  authorizations: z.object({
    /** requests that ended: with a token, or at one of the places below */
    ended: Count,
    /** a token was issued for a code */
    succeeded: Count,
    share: Share,
    stopped: z.object({
      /** the request was refused before a page was shown */
      atRequest: Count,
      /** the member said no */
      atConsent: Count,
      /** the member agreed, and the app got no token */
      afterConsent: Count,
    }),
    /** attempts to log in that failed. Each may have been followed by one that did not. */
    failedLogins: z.array(Reason),
  }),
  refreshes: z.object({ succeeded: Count, refused: Count, share: Share }),
  /** of the consents of these days: from the member's agreement to the first answer with data */
  firstData: z.object({
    agreed: Count,
    reached: Count,
    medianSeconds: z.number().nonnegative().nullable(),
    ninetyPercentSeconds: z.number().nonnegative().nullable(),
  }),
  requests: Requests,
  apps: z.array(
    z.object({
      client: z.string(),
      requests: Requests,
      errors: z.array(Reason),
      /** the last day on which the app asked for each type, of the last 400 days */
      lastReads: z.array(z.object({ type: z.string(), day: z.iso.date() })),
    }),
  ),
});
export type Scorecard = z.infer<typeof Scorecard>;
