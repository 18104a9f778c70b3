/** Which failures count together (ADR 17), and the device that is known. */
import ipaddr from 'ipaddr.js';
import { hmac, sameText } from '../keys/secrets.ts';
import type { Rule } from './throttle.ts';

type Limits = Omit<Rule, 'key' | 'cleared'>;

const MINUTE = 60;
const HOUR = 3_600;

const LIMITS = {
  /** one login from one address: somebody who guesses, or forgot */
  pair: { free: 5, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR },
  /** one login from anywhere: guesses from many addresses. Short waits, as they hit the member as well. */
  account: { free: 30, firstSeconds: 30, mostSeconds: 5 * MINUTE, quietSeconds: HOUR },
  /** one address, whatever the login; many members may share it */
  address: { free: 60, firstSeconds: 30, mostSeconds: 15 * MINUTE, quietSeconds: 15 * MINUTE },
  /** all logins of a plan: the brake on a botnet */
  tenant: { free: 2_000, firstSeconds: 5, mostSeconds: MINUTE, quietSeconds: 10 * MINUTE },
  /** one login on a device that logged in to it before */
  device: { free: 10, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR },
  /** codes of the second factor: whoever tries them had the password */
  code: { free: 5, firstSeconds: MINUTE, mostSeconds: 15 * MINUTE, quietSeconds: HOUR },
} satisfies Record<string, Limits>;

const IPV6_NETWORK_BYTES = 8;

/** What one subscriber has: an IPv4 address, an IPv6 /64. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return '';
  const parsed = ipaddr.process(address);
  const bytes = parsed.toByteArray();
  return Buffer.from(parsed.kind() === 'ipv6' ? bytes.slice(0, IPV6_NETWORK_BYTES) : bytes).toString('hex');
}

function rule(hmacKey: Buffer, kind: keyof typeof LIMITS, cleared: boolean, ...about: string[]): Rule {
  return { key: hmac(hmacKey, JSON.stringify([kind, ...about])), cleared, ...LIMITS[kind] };
}

/**
 * For one attempt with a password. Unknown logins are counted like known ones. On a known device the member's own
 * attempts count alone: others who fail cannot lock it out.
 *
 * @param login normalised
 * @param device of {@link deviceOf}
 */
export function passwordRules(
  hmacKey: Buffer,
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

/** For one attempt with a code of the second factor. */
export function codeRules(hmacKey: Buffer, sub: string, address: string): Rule[] {
  return [
    rule(hmacKey, 'code', true, sub),
    rule(hmacKey, 'address', false, networkOf(address)),
    rule(hmacKey, 'tenant', false),
  ];
}

const proofOf = (hmacKey: Buffer, tenant: string, login: string, id: string): string =>
  hmac(hmacKey, JSON.stringify(['device-cookie', tenant, login, id]));

/** The value of the cookie that a device gets when `login` logged in on it. */
export function deviceCookie(hmacKey: Buffer, tenant: string, login: string, id: string): string {
  return `${id}.${proofOf(hmacKey, tenant, login, id)}`;
}

/** @returns the device's id if the cookie is ours and for this login */
export function deviceOf(
  hmacKey: Buffer,
  tenant: string,
  login: string,
  cookie: string | undefined,
): string | undefined {
  const [id = '', proof = ''] = (cookie ?? '').split('.');
  return id && sameText(proof, proofOf(hmacKey, tenant, login, id)) ? id : undefined;
}
