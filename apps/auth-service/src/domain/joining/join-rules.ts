/** How often somebody may say who she is, and try a code. Numbers that nobody has are counted like the others. */
import { hmac, type Keys } from '../keys/secrets.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { networkOf } from '../throttle/rules.ts';
import type { Rule } from '../throttle/throttle.ts';

/** Members make accounts alone where the plan wants it, and only accounts whose passwords are kept here. */
export const offersJoining = ({ settings }: Pick<Tenant, 'settings'>): boolean =>
  settings.passwordLogin && settings.join !== undefined;

const MINUTE = 60;
const HOUR = 3_600;

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

const ruleOf = (key: Keys, kind: keyof typeof LIMITS, ...about: string[]): Rule => ({
  key: hmac(key, JSON.stringify(['join', kind, ...about])),
  cleared: false,
  ...LIMITS[kind],
});

/** @param number normalised */
export const askRules = (key: Keys, number: string, address: string): Rule[] => [
  ruleOf(key, 'number', number),
  ruleOf(key, 'address', networkOf(address)),
  ruleOf(key, 'tenant'),
];

/** @param uid of the login page */
export const newLoginRules = (key: Keys, uid: string): Rule[] => [ruleOf(key, 'login', uid)];

/** @param uid of the login page */
export const joinCodeRules = (key: Keys, uid: string): Rule[] => [ruleOf(key, 'code', uid)];
