/** What a plan decides about e-mail: part of its settings (tenant/settings.ts). */
import { z } from 'zod';

const Notices = z.strictObject({
  /** a new app was connected */
  appConnected: z.boolean().default(true),
  /** a refresh token or a code was used twice, and the connection was ended */
  connectionEnded: z.boolean().default(true),
  /** a consent ends within 14 days */
  consentEnds: z.boolean().default(true),
  /** the password, the second factor or the e-mail address of the login has changed */
  security: z.boolean().default(true),
});

export const MailSettings = z.strictObject({
  /** the address from which the plan's mails come */
  from: z.email(),
  /** where somebody at the plan reads at once that a break-glass login was used */
  alarms: z.email().optional(),
  notices: Notices.prefault({}),
  /** whether members get a link by e-mail when they have forgotten their password */
  recovery: z.boolean().default(true),
});
export type MailSettings = z.infer<typeof MailSettings>;
