/** Where the keys of a client are fetched: which addresses are taken (SMART checklist items 29 and 83). */
import ipaddr from 'ipaddr.js';
import { isLoopback } from './redirect-uri.ts';

/** Names that public DNS does not resolve (RFC 6761, 6762, 8375, 9476, and names in common private use). */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|intranet|lan|corp|home|private|arpa|test|invalid)\.?$/;

/** Whether key sets on the developer's own machine are fetched: only where a preview tenant allows it. */
export function mayReachLoopback({
  kind,
  settings,
}: {
  kind: 'preview' | 'production';
  settings: { loopbackKeySets: boolean };
}): boolean {
  return kind === 'preview' && settings.loopbackKeySets;
}

/**
 * Checks an address of keys without fetching it.
 *
 * @param loopback whether keys on the developer's own machine are accepted, over plain HTTP
 * @returns why the address is refused; undefined when it may be registered
 */
export function jwksUriProblem(uri: string, loopback: boolean): string | undefined {
  const url = URL.parse(uri);
  if (!url || url.username || url.password || url.hash) return 'must be an https URL';
  if (loopback && url.protocol === 'http:' && isLoopback(url)) return undefined;
  if (url.protocol !== 'https:') return 'must be an https URL';
  const address = ipaddr.isValid(url.hostname.replace(/^\[|\]$/g, ''));
  const open = url.hostname.includes('.') && !address && !PRIVATE_NAME.test(url.hostname);
  if (!open) return 'must have a public host name';
  // The egress policy opens no other port (k8s/base).
  return url.port === '' ? undefined : 'must be at port 443';
}
