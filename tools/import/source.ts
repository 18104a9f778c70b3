import { actingUser } from '@patient-access/platform/acting-user';
import type { Stores } from './store/input.ts';

/** @returns the source of what a command does to all databases of a plan: the first of them records it */
export function sourceOfAll(stores: Stores): { owner: string; by: string } {
  const [owner = ''] = stores.keys();
  return { owner, by: actingUser() };
}
