import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Global unicast, the only part of IPv6 from which public addresses are given out (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Classifies an address: `public`, `loopback`, or `nowhere`. `nowhere` are private, link-local, unique-local,
 * shared, multicast and reserved addresses, and every IPv6 form that carries an IPv4 address (mapped, 6to4, NAT64,
 * Teredo).
 *
 * @param address in the form that a resolver or the URL parser gives, without brackets
 */
export function reachOf(address: string): 'public' | 'loopback' | 'nowhere' {
  // ipaddr.js also parses short, octal and decimal forms, which neither a resolver nor the URL parser returns.
  if (isIP(address) === 0) return 'nowhere';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'loopback') return 'loopback';
  const global = parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
  return range === 'unicast' && global ? 'public' : 'nowhere';
}
