/** Which proxies are believed when they say where a request comes from (ADR 55): a setting of what faces the public. */
import { isIP } from 'node:net';
import { z } from 'zod';

const NO_PROXIES = 'none';
const ADDRESS_OR_RANGE = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i;

/** A range of all addresses would believe anybody. */
function isProxyRange(text: string): boolean {
  const [, address = '', bits] = ADDRESS_OR_RANGE.exec(text.trim()) ?? [];
  const most = { 4: 32, 6: 128 }[isIP(address)];
  return most !== undefined && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= most));
}

/** Comma-separated addresses or CIDR ranges, or `none`. @returns false where no proxy is believed */
export const TrustedProxies = z
  .string()
  .refine(
    (text) => text === NO_PROXIES || text.split(',').every(isProxyRange),
    `addresses or CIDR ranges, separated by commas, or "${NO_PROXIES}"`,
  )
  .transform((text) => (text === NO_PROXIES ? false : text));

/** Where clients come by https, a proxy ends TLS, so the setting must not be forgotten. */
export const saysProxies = ({
  PUBLIC_URL,
  TRUSTED_PROXIES,
}: {
  PUBLIC_URL: string;
  TRUSTED_PROXIES?: string | false;
}): boolean => !PUBLIC_URL.startsWith('https:') || TRUSTED_PROXIES !== undefined;

/** What is said where {@link saysProxies} is false. */
export const PROXIES_ARE_MISSING = {
  path: ['TRUSTED_PROXIES'],
  message: `has to be set where PUBLIC_URL is https: the addresses of the proxies that end TLS, or "${NO_PROXIES}"`,
};
