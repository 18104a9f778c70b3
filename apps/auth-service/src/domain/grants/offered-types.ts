import type { Tenant } from '../tenant/tenant.ts';

/**
 * The resource types that a plan offers, as a field of an introspection answer. Without the field it offers all
 * types.
 */
export const offeredTypes = ({
  settings: { types },
}: Pick<Tenant, 'settings'>): { types?: readonly string[] } => (types ? { types } : {});
