/** What a member is told about an app: what the plan vouches for, or what the app says about itself. */
import { isVerified, plainText } from './app-name.ts';

const MAX_FACT_CHARACTERS = 120;
const MAX_URL_CHARACTERS = 512;

/** A page of the app's, which is only linked to: the host is what is read. */
export interface WebPage {
  host: string;
  url: string;
}

/** The metadata of a client that the facts are made of, under the names that it has once it is loaded. */
export interface DescribedApp {
  readonly [member: string]: unknown;
  readonly publisher?: unknown;
  readonly verified_domain?: unknown;
  readonly contacts?: readonly unknown[];
  readonly clientUri?: unknown;
  readonly policyUri?: unknown;
  readonly tosUri?: unknown;
}

export interface AppFacts {
  name: string;
  /** whether the plan vouches for the facts below; else they are claims of the app */
  verified: boolean;
  publisher?: string;
  /** never a claim: only a plan can say that a domain is the app's */
  domain?: string;
  website?: WebPage;
  contact?: string;
  policy?: WebPage;
  terms?: WebPage;
}

function fact(value: unknown): string | undefined {
  return (typeof value === 'string' && plainText(value, MAX_FACT_CHARACTERS)) || undefined;
}

/** @returns undefined for whatever is not a plain https address (security case O14: `javascript:`, credentials) */
function webPage(value: unknown): WebPage | undefined {
  const url = typeof value === 'string' && value.length <= MAX_URL_CHARACTERS ? URL.parse(value) : null;
  if (url?.protocol !== 'https:' || url.username || url.password) return undefined;
  return { host: url.host, url: url.href };
}

/** @param name as it is shown */
export function appFacts(client: DescribedApp, name: string): AppFacts {
  const verified = isVerified(client);
  const domain = verified ? fact(client.verified_domain) : undefined;
  const [contact] = client.contacts ?? [];
  return {
    name,
    verified,
    publisher: fact(client.publisher),
    ...(domain === undefined ? { website: webPage(client.clientUri) } : { domain }),
    contact: fact(contact),
    policy: webPage(client.policyUri),
    terms: webPage(client.tosUri),
  };
}
