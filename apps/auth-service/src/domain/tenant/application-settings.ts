/** Whether developers may apply for an app that members of the plan can use: part of a plan's settings. */
import { z } from 'zod';

export const ApplicationSettings = z.strictObject({
  /** false: the pages say whom to ask in place of a form */
  open: z.boolean().default(true),
  /** the plan's staff: who is told of a new application, and whom developers may ask */
  contact: z.email(),
});
