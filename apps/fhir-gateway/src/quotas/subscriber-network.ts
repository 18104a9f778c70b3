import { isIPv6 } from 'node:net';

const IPV6_GROUPS = 8;
/** Groups of an IPv6 address that a subscriber has as a network of her own. */
const NETWORK_GROUPS = 4;

const groupsOf = (part = ''): string[] => part.split(':').filter(Boolean);

/** @returns an IPv4 address, or the /64 of an IPv6 address: within it a subscriber has as many addresses as she likes */
export function subscriberNetworkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head, tail] = address.split('::').map(groupsOf) as [string[], string[] | undefined];
  const zeros = IPV6_GROUPS - head.length - (tail?.length ?? 0);
  return [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])].slice(0, NETWORK_GROUPS).join(':');
}
