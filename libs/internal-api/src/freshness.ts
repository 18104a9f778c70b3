/** What auth-service asks the services with members' records: how fresh the data of a plan is. */
import { z } from 'zod';

/** GET with an introspection JWT of the plan: 200 with {@link PlanFreshness}. It says nothing about a member. */
export const FRESHNESS_PATH = '/internal/freshness/:tenant';

const Instant = z.iso.datetime().nullable();
const Count = z.number().int().nullable();

const FeedFreshness = z.object({
  type: z.string(),
  /** when the plan's system wrote the latest files that were loaded; null: none yet */
  asOf: Instant,
  /** the newest change in the plan's own system; null: its records do not say */
  newest: Instant,
  /** the rhythm that the plan expects; null: none */
  everySeconds: Count,
  expectedSince: Instant,
  /** the last load of any sort */
  last: z
    .object({
      finished: z.string(),
      created: z.number().int(),
      updated: z.number().int(),
      unchanged: z.number().int(),
      deleted: z.number().int(),
      rejected: z.number().int(),
      findings: z.number().int(),
    })
    .nullable(),
  /** when the last load with records ended */
  carriedAt: Instant,
  /** records in the last load with records, and in a usual one */
  records: Count,
  usual: Count,
  late: z.boolean(),
  small: z.boolean(),
});
export type FeedFreshness = z.infer<typeof FeedFreshness>;

export const PlanFreshness = z.object({ feeds: z.array(FeedFreshness) });
export type PlanFreshness = z.infer<typeof PlanFreshness>;
