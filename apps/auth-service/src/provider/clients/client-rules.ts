/**
 * The rules about clients in the configuration of oidc-provider. What clients may register is in
 * `domain/clients/metadata.ts`.
 */
import type { Client, ClientMetadata, KoaContextWithOIDC } from 'oidc-provider';
import {
  APPROVED_SCOPE,
  CARRIES_LIMITS,
  LOGO,
  MAKER_ANSWERS,
  SYSTEM_SCOPE,
} from '../../domain/clients/metadata.ts';
import { webOrigins } from '../../domain/clients/redirect-uri.ts';
import { checkCredentials } from '../client-auth/credentials.ts';
import { digest, sameText } from '../../domain/keys/secrets.ts';
import { FHIR_CONTEXT_FORM, MAY_LAUNCH } from '../../domain/launch/client-metadata.ts';

/** The member of a client's metadata that says whether the plan vouches for it. */
export const VERIFIED = 'verified';
/** The plan also verifies this member. A publisher that an unverified app names is shown as the app's own claim. */
const PUBLISHER = 'publisher';
const VERIFIED_DOMAIN = 'verified_domain';

/** The secret before the last rotation, `{ digest, until }`; `until` in milliseconds since the epoch. */
export const PREVIOUS_SECRET = 'previous_secret';

/**
 * `initiate_login_uri` of the registration, under a name that oidc-provider does not know. It would refuse every request
 * of a client with a launch address on the developer's own machine, which preview plans accept.
 */
export const LAUNCH_URL = 'launch_url';

/** Did somebody vouch for the client (`isVouchedFor`)? It then has room of its own for what it pushes. */
export const VOUCHED_FOR = 'vouched_for';

/** Members of client metadata beyond the standards': see `Vouched` in `clients/metadata.ts`. */
export const OWN_METADATA = [
  VERIFIED,
  PUBLISHER,
  VERIFIED_DOMAIN,
  MAKER_ANSWERS,
  APPROVED_SCOPE,
  LOGO,
  SYSTEM_SCOPE,
  MAY_LAUNCH,
  FHIR_CONTEXT_FORM,
  CARRIES_LIMITS,
  PREVIOUS_SECRET,
  LAUNCH_URL,
  VOUCHED_FOR,
];

/**
 * Runs for every client that is loaded. A registered scope is dropped, because each member's consent decides what an
 * app may see.
 */
export function checkClient(_ctx: unknown, _key: string, _value: unknown, metadata: ClientMetadata): void {
  delete metadata.scope;
  checkCredentials(metadata);
}

/** Client secrets are stored as digests. After a rotation the previous secret is accepted for a while. */
export function isSecretOf(client: Client, secret: string): boolean {
  const current = sameText(digest(secret), client.clientSecret ?? '');
  const previous = client[PREVIOUS_SECRET] as { digest: string; until: number } | undefined;
  const overlapping = previous !== undefined && previous.until > Date.now();
  return current || (overlapping && sameText(digest(secret), previous.digest));
}

/** May a page of this origin call for the client? It has to be the origin of one of its redirect URIs. */
export function registeredOrigin(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  return webOrigins(client.redirectUris).includes(origin);
}
