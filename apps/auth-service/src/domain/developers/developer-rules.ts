/** How often a developer may try a password or ask for a mail. No count is shared with members' logins. */
import type { Keys } from '../keys/secrets.ts';
import { HOUR, MINUTE, networkOf, ruleOf } from '../throttle/rules.ts';
import type { Rule } from '../throttle/throttle.ts';

const LIMITS = {
  /** one account from one network: a person who guesses or forgot */
  pair: { free: 5, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR },
  /** one account from anywhere */
  account: { free: 30, firstSeconds: 30, mostSeconds: 5 * MINUTE, quietSeconds: HOUR },
  /** one network, whatever the account */
  address: { free: 30, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: 15 * MINUTE },
  /** mails to one mailbox: each may reach somebody who did not ask for it */
  mailbox: { free: 3, firstSeconds: 15 * MINUTE, mostSeconds: HOUR, quietSeconds: HOUR },
  /** mails that one network asks for */
  sender: { free: 10, firstSeconds: 5 * MINUTE, mostSeconds: HOUR, quietSeconds: HOUR },
  /** mails of all developers of a plan */
  tenant: { free: 200, firstSeconds: 5, mostSeconds: MINUTE, quietSeconds: 10 * MINUTE },
};

const developerRule =
  (hmacKey: Keys) =>
  (kind: keyof typeof LIMITS, cleared: boolean, ...about: string[]): Rule =>
    ruleOf(hmacKey, ['developer', kind, ...about], LIMITS[kind], { cleared });

/** @param email normalised; unknown ones are counted like known ones */
export function developerPasswordRules(hmacKey: Keys, email: string, address: string): Rule[] {
  const [rule, network] = [developerRule(hmacKey), networkOf(address)];
  return [rule('pair', true, email, network), rule('account', true, email), rule('address', false, network)];
}

/** @param email normalised */
export function developerMailRules(hmacKey: Keys, email: string, address: string): Rule[] {
  const rule = developerRule(hmacKey);
  return [rule('mailbox', false, email), rule('sender', false, networkOf(address)), rule('tenant', false)];
}
