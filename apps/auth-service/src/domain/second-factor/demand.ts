import type { Account } from '../accounts/accounts.ts';
import type { Tenant } from '../tenant/tenant.ts';

/**
 * Whether a login with a password always needs a second factor. Auditors see the audit trail of all members, so a
 * production plan demands one of them whatever it demands of members.
 */
export const demandsSecondFactor = (
  { kind, settings }: Pick<Tenant, 'kind' | 'settings'>,
  { role }: Pick<Account, 'role'>,
): boolean => settings.secondFactor === 'required' || (role === 'auditor' && kind === 'production');
