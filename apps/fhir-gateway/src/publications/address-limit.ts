import { isIPv6 } from 'node:net';
import { throttled } from '@patient-access/fhir';
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 50_000;
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

/**
 * How often one network address may ask in a minute. Each replica counts by itself, so an installation with three allows
 * three times as much.
 */
export class AddressLimit {
  private readonly perMinute: number;
  private readonly counts = new LRUCache<string, { requests: number; until: number }>({ max: MAX_ADDRESSES });

  constructor(perMinute: number) {
    this.perMinute = perMinute;
  }

  /** @throws OperationError 429 with the seconds until the minute is over */
  take(address: string): void {
    const now = Date.now();
    const network = subscriberNetworkOf(address);
    const known = this.counts.get(network);
    const counted = known && known.until > now ? known : { requests: 0, until: now + MINUTE_MS };
    counted.requests += 1;
    this.counts.set(network, counted);
    if (counted.requests > this.perMinute) throw throttled(Math.ceil((counted.until - now) / 1_000));
  }
}
