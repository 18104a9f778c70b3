import type { Owner } from '@patient-access/fhir';
import type { Pool } from 'undici';
import type { Origins } from './origins.ts';
import type { Shares } from './shares.ts';
import type { Tenants } from './tenants.ts';

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
