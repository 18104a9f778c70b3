import { z } from 'zod';

const Page = z.url({ protocol: /^https?$/ });

/** How a plan presents itself to people who choose an app (SMART App Launch 2.2, "User-access Brands"). */
export const Brand = z.strictObject({
  /** is the plan in the bundle of all plans of this installation? */
  listed: z.boolean().default(false),
  /** home page */
  website: Page,
  /** for app developers: a page, or an address for email */
  developerContact: Page.or(z.email()),
  /** identifiers by which apps know the plan; when empty, the home page without `www` and path */
  identifiers: z.array(z.strictObject({ system: z.url(), value: z.string().min(1) })).default([]),
  /** former and regional names */
  aliases: z.array(z.string().min(1)).default([]),
  logo: Page.optional(),
  logoLicense: Page.optional(),
  addresses: z
    .array(
      z.strictObject({
        line: z.array(z.string()).default([]),
        city: z.string().optional(),
        state: z.string().length(2).optional(),
        postalCode: z.string(),
      }),
    )
    .default([]),
  /** the plan's own sites where members see their data and their apps */
  portal: z
    .strictObject({
      name: z.string().min(1),
      url: Page,
      description: z.string().optional(),
      logo: Page.optional(),
    })
    .optional(),
});
export type Brand = z.infer<typeof Brand>;
