import type { Owner } from '@patient-access/fhir';
import type { Pool } from 'undici';
import type { Tenants } from './tenants.ts';

/** Injection token of the {@link Gateway}. */
export const GATEWAY = Symbol('gateway');

/** What the controllers work with. */
export interface Gateway {
  publicUrl: string;
  tenants: Tenants;
  auth: Pool;
  owners: Record<Owner, Pool>;
}
