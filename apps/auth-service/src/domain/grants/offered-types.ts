import type { Tenant } from '../tenant/tenant.ts';

/**
 * The types of resources that a plan offers, as a field of an introspection answer; without the field it offers all.
 */
export const offeredTypes = ({
  settings: { types },
}: Pick<Tenant, 'settings'>): { types?: readonly string[] } => (types ? { types } : {});
