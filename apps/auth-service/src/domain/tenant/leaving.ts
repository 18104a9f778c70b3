import { z } from 'zod';

/**
 * A prior authorization is there for a year after its last change at least (42 CFR 422.119(b)(1)(iv)(B)), and one may change in
 * the year after the coverage.
 */
const MIN_YEARS = 2;
const MAX_YEARS = 50;

/**
 * For how long a person, and the apps that she connected, see data after the coverage by this plan has ended, and who sees
 * it after a death. The defaults stand in the database as well (function `end_of_relation`).
 */
export const Leaving = z.strictObject({
  /** after the last day of the coverage */
  years: z.int().min(MIN_YEARS).max(MAX_YEARS).default(5),
  afterDeath: z
    .strictObject({
      /** after the day of the death, for those relationships alone */
      years: z.int().min(1).max(MAX_YEARS).default(2),
      /** who acts for a dead person (45 CFR 164.502(g)(4)); for everybody else it ends with the death */
      relationships: z.array(z.string().min(1)).default(['executor', 'personal-representative']),
    })
    .prefault({}),
});
