/** How often somebody may say who she is, and try a code. Numbers that nobody has are counted like the others. */
import type { Keys } from '../keys/secrets.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { HOUR, MINUTE, networkOf, ruleOf } from '../throttle/rules.ts';
import type { Rule } from '../throttle/throttle.ts';

/** Members make accounts alone where the plan wants it, and only accounts whose passwords are kept here. */
export const offersJoining = ({ settings }: Pick<Tenant, 'settings'>): boolean =>
  settings.passwordLogin && settings.join !== undefined;

const LIMITS = {
  /** one member number from anywhere: each time may be a mail to somebody who did not ask for it */
  number: { free: 5, firstSeconds: 15 * MINUTE, mostSeconds: HOUR, quietSeconds: HOUR },
  /** one network, whatever the number; many members may share it */
  address: { free: 30, firstSeconds: 5 * MINUTE, mostSeconds: HOUR, quietSeconds: HOUR },
  /** all of a plan */
  tenant: { free: 1_000, firstSeconds: 5, mostSeconds: MINUTE, quietSeconds: 10 * MINUTE },
  /** codes on one login page, which is over before the first wait is */
  code: { free: 5, firstSeconds: HOUR, mostSeconds: HOUR, quietSeconds: HOUR },
  /** user names on one login page: each that is taken says that it exists */
  login: { free: 10, firstSeconds: HOUR, mostSeconds: HOUR, quietSeconds: HOUR },
};

const joinRule = (key: Keys, kind: keyof typeof LIMITS, ...about: string[]): Rule =>
  ruleOf(key, ['join', kind, ...about], LIMITS[kind]);

/** @param number normalised */
export const askRules = (key: Keys, number: string, address: string): Rule[] => [
  joinRule(key, 'number', number),
  joinRule(key, 'address', networkOf(address)),
  joinRule(key, 'tenant'),
];

/** @param uid of the login page */
export const newLoginRules = (key: Keys, uid: string): Rule[] => [joinRule(key, 'login', uid)];

/** @param uid of the login page */
export const joinCodeRules = (key: Keys, uid: string): Rule[] => [joinRule(key, 'code', uid)];
