/** auth-service on a database that is older than what its replicas remember, and the operators' answer (ADR 60, ADR 116). */
import { waitUntil } from '@patient-access/testing';
import type { DrilledSystem } from './drilled-system.ts';

const NOTICED_MS = 60_000;

/** Waits until auth-service says by itself that its database is older. */
export function noticedAsOlder(system: DrilledSystem): Promise<true> {
  const isOlder = async () => (await system.metric('auth-service', 'auth_database_older')) === 1;
  return waitUntil(isOlder, { withinMs: NOTICED_MS, failure: () => 'auth_database_older is not 1' });
}

/** The operators end all that was issued before now. */
export const endAllIssued = (system: DrilledSystem): ReturnType<DrilledSystem['command']> =>
  system.command('apps/auth-service/dist/admin.js', 'apps/auth-service.env', [
    'restore',
    'apply',
    '--end-all',
  ]);
