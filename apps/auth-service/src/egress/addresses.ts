import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Global unicast, the only part of IPv6 from which public addresses are given out (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Where a request may go: `public`, `loopback`, or nowhere. Private, link-local, unique-local, shared, multicast and
 * reserved addresses are nowhere, and so is every IPv6 form that carries an IPv4 address (mapped, 6to4, NAT64, Teredo).
 *
 * @param address in the form that a resolver or the URL parser gives, without brackets
 */
export function reachOf(address: string): 'public' | 'loopback' | 'nowhere' {
  // ipaddr.js also reads the short, octal and decimal spellings of old; nothing here gives us any.
  if (isIP(address) === 0) return 'nowhere';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'loopback') return 'loopback';
  const global = parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
  return range === 'unicast' && global ? 'public' : 'nowhere';
}
