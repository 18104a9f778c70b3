/** What the consent page says about an app: facts that the plan has verified, or the app's own claims. */
import { knownAnswers } from '../applications/answers.ts';
import type { Answers } from '../applications/questions.ts';
import { CARRIES_LIMITS, LOGO, MAKER_ANSWERS } from '../clients/metadata.ts';
import { isLogoDigest } from '../logos/logo.ts';
import { isVerified, plainText } from './app-name.ts';

const MAX_FACT_CHARACTERS = 120;
const MAX_URL_CHARACTERS = 512;

/** A page of the app. It is only linked to, and the member reads its host. */
export interface WebPage {
  host: string;
  url: string;
}

/** The fields of a loaded client from which the facts are taken. */
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
  /** whether the plan has verified the facts below; otherwise they are claims of the app */
  verified: boolean;
  publisher?: string;
  /** only for a verified app: no app can claim a domain */
  domain?: string;
  website?: WebPage;
  contact?: string;
  policy?: WebPage;
  terms?: WebPage;
  /** it says that it keeps a notice against redisclosure with the records: the app's own claim */
  carriesLimits?: true;
  /** what its maker answered when it applied: the maker's own word */
  answers?: Answers;
  /** digest of its logo (domain/logos) */
  logo?: string;
}

function fact(value: unknown): string | undefined {
  return (typeof value === 'string' && plainText(value, MAX_FACT_CHARACTERS)) || undefined;
}

/** @returns undefined unless it is a plain https address (security case O14: `javascript:`, credentials) */
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
  const answers = knownAnswers(client[MAKER_ANSWERS]);
  const logo = client[LOGO];
  return {
    name,
    verified,
    publisher: fact(client.publisher),
    ...(domain === undefined ? { website: webPage(client.clientUri) } : { domain }),
    contact: fact(contact),
    policy: webPage(client.policyUri),
    terms: webPage(client.tosUri),
    ...(client[CARRIES_LIMITS] === true && { carriesLimits: true }),
    ...(answers && { answers }),
    ...(isLogoDigest(logo) && { logo }),
  };
}
