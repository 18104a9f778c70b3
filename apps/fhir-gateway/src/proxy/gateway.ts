import type { Owner } from '@patient-access/fhir';
import type { Pool } from 'undici';
import type { Origins } from '../edge/origins.ts';
import type { Shares } from './bulkhead.ts';
import type { Tenants } from '../discovery/tenants.ts';

/** Injection token of the {@link Gateway}. */
export const GATEWAY = Symbol('gateway');

/** What the controllers work with. */
export interface Gateway {
  publicUrl: string;
  tenants: Tenants;
  origins: Origins;
  shares: Shares;
  auth: Pool;
  owners: Record<Owner, Pool>;
}
