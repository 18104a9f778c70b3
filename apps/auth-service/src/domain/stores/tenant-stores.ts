import type { Pool } from '@patient-access/database';
import { Accounts } from '../accounts/accounts.ts';
import { Consents } from '../consent/consents.ts';
import type { Keys } from '../keys/secrets.ts';
import { Launches } from '../launch/launches.ts';
import { MailQueue } from '../mail/mail-queue.ts';
import { hasSandbox, SandboxFaults } from '../sandbox/sandbox-faults.ts';
import { SecondFactors } from '../second-factor/second-factors.ts';
import { Throttle } from '../throttle/throttle.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** The stores of one tenant. Each reads and writes only the rows of its tenant. */
export interface TenantStores {
  accounts: Accounts;
  consents: Consents;
  launches: Launches;
  throttle: Throttle;
  secondFactors: SecondFactors;
  mails: MailQueue;
  /** on preview tenants only */
  sandbox?: SandboxFaults;
}

/** @param masters KEY_ENCRYPTION_KEY, which seals the secrets of second factors and of mails */
export function openTenantStores(
  pool: Pool,
  masters: Keys,
  tenant: Pick<Tenant, 'id' | 'kind' | 'settings'>,
): TenantStores {
  const { id } = tenant;
  return {
    accounts: new Accounts(pool, id, tenant.settings.federation),
    consents: new Consents(pool, id),
    launches: new Launches(pool, id),
    throttle: new Throttle(pool, id),
    secondFactors: new SecondFactors(pool, masters, id),
    mails: new MailQueue(pool, masters, id),
    sandbox: hasSandbox(tenant) ? new SandboxFaults(pool, id) : undefined,
  };
}
