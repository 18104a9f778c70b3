import type { Pool } from '@patient-access/database';
import type { Outbox } from '@patient-access/outbox';
import type { Logger } from '@patient-access/platform';
import type { AuthConfig } from '../config.ts';
import type { GrantUse } from '../domain/consent/grant-use.ts';
import type { Keys } from '../domain/keys/secrets.ts';
import type { LiveReplicas } from '../domain/replicas/live-replicas.ts';
import type { StorageBudgets } from './adapters/storage-budget.ts';

/** The services that all tenants share. */
export interface SharedServices {
  config: Readonly<AuthConfig>;
  pool: Pool;
  outbox: Outbox;
  grantUse: GrantUse;
  /** by which limits are divided that each replica counts by itself */
  replicas: LiveReplicas;
  logger: Logger;
  /** what may be stored for who does not finish */
  storageBudgets: StorageBudgets;
  /** uses of logins that raise an alarm, since this process began */
  alarms: { breakGlass: number };
  /** logins that go on after their browser was answered: the process ends after them */
  goingOn: Set<Promise<void>>;
  /** of the one-time tokens in forms */
  formKey: Keys;
  /** of the keys of counted attempts, and of device cookies */
  throttleKey: Keys;
}

/** Injection token of {@link SharedServices}. */
export const SHARED_SERVICES = Symbol('services');
