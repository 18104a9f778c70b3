import { z } from 'zod';

/**
 * What a plan decides about its own authorization server. Stored as JSON with the tenant, set by
 * `npm run admin -- tenant configure`, in force on every replica as soon as that is committed. What is left out has
 * the value given here.
 */
export const TenantSettings = z.strictObject({});
export type TenantSettings = z.infer<typeof TenantSettings>;
