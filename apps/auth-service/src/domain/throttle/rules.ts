/** Which failed attempts count together (ADR 17), and which device is known. */
import ipaddr from 'ipaddr.js';
import { hmac, hmacs, type Keys, sameText } from '../keys/secrets.ts';
import type { Rule } from './throttle.ts';

type Limits = Omit<Rule, 'key' | 'cleared'>;

export const MINUTE = 60;
export const HOUR = 3_600;

/**
 * @param about what is counted together; the first words say which kind of count it is
 * @param cleared see {@link Rule}
 */
export const ruleOf = (
  hmacKey: Keys,
  about: readonly string[],
  limits: Limits,
  { cleared = false } = {},
): Rule => ({ key: hmac(hmacKey, JSON.stringify(about)), cleared, ...limits });

/** How long a login waits that can prove itself in no other way, beyond the limits of address and plan. */
export const BARE_WAIT_SECONDS = 30;

const LIMITS = {
  /** one login from one address: a person who guesses or forgot */
  pair: { free: 5, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR, beyond: 'wait' },
  /** one login from anywhere: guesses from many addresses. The waits are short, because the member waits too. */
  account: { free: 30, firstSeconds: 30, mostSeconds: 5 * MINUTE, quietSeconds: HOUR, beyond: 'wait' },
  /** one address, whatever the login; many members may share it, so nobody waits for the failures of others */
  address: {
    free: 60,
    firstSeconds: 0,
    mostSeconds: 15 * MINUTE,
    quietSeconds: 15 * MINUTE,
    beyond: 'proof',
  },
  /** all logins of a plan: the limit for a botnet */
  tenant: { free: 2_000, firstSeconds: 0, mostSeconds: MINUTE, quietSeconds: 10 * MINUTE, beyond: 'proof' },
  /** beyond these two: one address, and all of the plan, for logins that can prove themselves in no other way */
  bareAddress: {
    free: 30,
    firstSeconds: BARE_WAIT_SECONDS,
    mostSeconds: BARE_WAIT_SECONDS,
    quietSeconds: 15 * MINUTE,
    beyond: 'wait',
  },
  bareTenant: { free: 500, firstSeconds: 5, mostSeconds: MINUTE, quietSeconds: 10 * MINUTE, beyond: 'wait' },
  /** one login on a device from which it has logged in before */
  device: { free: 10, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR, beyond: 'wait' },
  /** codes of the second factor; whoever tries them already had the password */
  code: { free: 5, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR, beyond: 'wait' },
  /** receipts that one address checks, genuine ones too: each check leaves an event */
  receipt: {
    free: 60,
    firstSeconds: MINUTE,
    mostSeconds: 15 * MINUTE,
    quietSeconds: 10 * MINUTE,
    beyond: 'wait',
  },
  /** links to cards that one address opens in vain; a whole clinic may share it */
  cardLink: {
    free: 60,
    firstSeconds: MINUTE,
    mostSeconds: 15 * MINUTE,
    quietSeconds: 10 * MINUTE,
    beyond: 'wait',
  },
} satisfies Record<string, Limits>;

const IPV6_NETWORK_BYTES = 8;

/** The network of one subscriber: an IPv4 address, or an IPv6 /64. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return '';
  const parsed = ipaddr.process(address);
  const bytes = parsed.toByteArray();
  return Buffer.from(parsed.kind() === 'ipv6' ? bytes.slice(0, IPV6_NETWORK_BYTES) : bytes).toString('hex');
}

function rule(hmacKey: Keys, kind: keyof typeof LIMITS, cleared: boolean, ...about: string[]): Rule {
  return ruleOf(hmacKey, [kind, ...about], LIMITS[kind], { cleared });
}

/**
 * The rules for one attempt with a password. Unknown logins are counted like known ones. On a known device only its
 * own attempts count, so that failures of others cannot lock out the member.
 *
 * @param login normalised
 * @param device of {@link deviceOf}
 */
export function passwordRules(
  hmacKey: Keys,
  { login, address, device }: { login: string; address: string; device?: string },
): Rule[] {
  if (device !== undefined) return [rule(hmacKey, 'device', true, login, device)];
  const network = networkOf(address);
  return [
    rule(hmacKey, 'pair', true, login, network),
    rule(hmacKey, 'account', true, login),
    rule(hmacKey, 'address', false, network),
    rule(hmacKey, 'tenant', false),
  ];
}

/**
 * The rules for a login that has neither a second factor nor an e-mail address, where too many attempts were wrong. Only
 * attempts that name such a login count, so a flood of names that do not exist keeps nobody out.
 */
export function bareRules(hmacKey: Keys, address: string): Rule[] {
  return [rule(hmacKey, 'bareAddress', false, networkOf(address)), rule(hmacKey, 'bareTenant', false)];
}

/** The rules for one attempt with a code of the second factor. */
export function codeRules(hmacKey: Keys, about: string, address: string): Rule[] {
  return [
    rule(hmacKey, 'code', true, about),
    rule(hmacKey, 'address', false, networkOf(address)),
    rule(hmacKey, 'tenant', false),
  ];
}

/** The rules for one check of a receipt, by somebody who need not be logged in. */
export const receiptRules = (hmacKey: Keys, address: string): Rule[] => [
  rule(hmacKey, 'receipt', false, networkOf(address)),
];

/** The rules for one use of a link to an insurance card, by somebody who is not logged in. */
export const cardLinkRules = (hmacKey: Keys, address: string): Rule[] => [
  rule(hmacKey, 'cardLink', false, networkOf(address)),
];

/** The proof, followed by those with the other keys. */
const proofsOf = (hmacKey: Keys, tenant: string, login: string, id: string) =>
  hmacs(hmacKey, JSON.stringify(['device-cookie', tenant, login, id]));

/** The value of the cookie that a device gets when `login` has logged in on it. */
export function deviceCookie(hmacKey: Keys, tenant: string, login: string, id: string): string {
  return `${id}.${proofsOf(hmacKey, tenant, login, id)[0]}`;
}

/** @returns the id of the device, if the cookie is genuine and belongs to this login */
export function deviceOf(
  hmacKey: Keys,
  tenant: string,
  login: string,
  cookie: string | undefined,
): string | undefined {
  const [id = '', proof = ''] = (cookie ?? '').split('.');
  const genuine = proofsOf(hmacKey, tenant, login, id).some((each) => sameText(proof, each));
  return id && genuine ? id : undefined;
}
