/** Whether and how members make accounts alone: part of a plan's settings (tenant/settings.ts). */
import { z } from 'zod';

const MAX_AGE = 26;
const MAX_LETTER_DAYS = 90;

export const JoinSettings = z.strictObject({
  /** in years; a younger person makes no account alone */
  minAge: z.int().min(0).max(MAX_AGE).default(18),
  /** the plan's own endpoint for text messages; left out, none is offered */
  text: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }).optional(),
  /** how long a code on paper is good */
  letterDays: z.int().min(1).max(MAX_LETTER_DAYS).default(30),
});
export type JoinSettings = z.infer<typeof JoinSettings>;
