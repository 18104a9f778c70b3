/** How often a new password may be asked for. Unknown logins are counted like known ones (security case O43). */
import type { Keys } from '../keys/secrets.ts';
import { HOUR, MINUTE, networkOf, ruleOf } from '../throttle/rules.ts';
import type { Rule } from '../throttle/throttle.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** Members recover passwords that are kept here, by e-mail. */
export const offersRecovery = ({ settings }: Pick<Tenant, 'settings'>): boolean =>
  settings.passwordLogin && settings.mail?.recovery === true;

const LIMITS = {
  /** one user name or address: each request may be a mail to somebody who did not ask for it */
  login: { free: 3, firstSeconds: 15 * MINUTE, mostSeconds: HOUR, quietSeconds: HOUR },
  /** one network, whatever the login; many members may share it */
  address: { free: 30, firstSeconds: 5 * MINUTE, mostSeconds: HOUR, quietSeconds: HOUR },
  /** all logins of a plan */
  tenant: { free: 1_000, firstSeconds: 5, mostSeconds: MINUTE, quietSeconds: 10 * MINUTE },
};

/** @param typed normalised */
export function recoveryRules(hmacKey: Keys, typed: string, address: string): Rule[] {
  const rule = (kind: keyof typeof LIMITS, ...about: string[]) =>
    ruleOf(hmacKey, ['recovery', kind, ...about], LIMITS[kind]);
  return [rule('login', typed), rule('address', networkOf(address)), rule('tenant')];
}
