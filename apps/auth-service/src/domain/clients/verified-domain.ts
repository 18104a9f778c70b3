import type { ClientMetadata } from './metadata.ts';
import { isNativeRedirect } from './redirect-uri.ts';
import { invalidMetadata } from './registration-error.ts';

type Addresses = Pick<ClientMetadata, 'redirect_uris' | 'client_uri'>;

/** @returns the hosts of the web addresses of an app that members see */
function hostsOf({ redirect_uris, client_uri }: Addresses): string[] {
  const web = [...redirect_uris.filter((uri) => !isNativeRedirect(uri)), ...(client_uri ? [client_uri] : [])];
  return web.map((uri) => new URL(uri).hostname);
}

/** @throws RegistrationError unless every web address of the app that members see is on the domain */
export function checkDomain(metadata: Addresses, domain: string): void {
  const hosts = hostsOf(metadata);
  const strange = hosts.find((host) => host !== domain);
  if (hosts.length === 0) throw invalidMetadata('domain: neither redirect_uris nor client_uri has a host');
  if (strange) throw invalidMetadata(`domain: ${strange} is not ${domain}`);
}

/** @returns the one domain of the app's web addresses @throws RegistrationError when there is none, or several */
export function domainOf(metadata: Addresses): string {
  const [domain = ''] = hostsOf(metadata);
  checkDomain(metadata, domain);
  return domain;
}
