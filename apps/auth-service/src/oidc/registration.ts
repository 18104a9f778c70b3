/** What a client may register about itself (RFC 7591), and what is made of it. */
import { type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { appName } from '../consent/app-name.ts';
import { checkLaunchMetadata } from '../launch/client-metadata.ts';

const MAX_REDIRECT_URIS = 10;
const MAX_URI_CHARACTERS = 512;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function checkRedirectUri(uri: unknown): void {
  const url = typeof uri === 'string' && uri.length <= MAX_URI_CHARACTERS ? URL.parse(uri) : null;
  if (!url) throw new errors.InvalidClientMetadata('redirect_uris must only contain valid uris');
  if (url.username || url.password || /[\s\\*]/.test(uri as string)) {
    throw new errors.InvalidClientMetadata('redirect_uris must be fixed and without credentials');
  }
  // RFC 8252 section 7.3: plain HTTP is for the loopback interface alone.
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    throw new errors.InvalidClientMetadata('redirect_uris must use https outside loopback');
  }
}

/** Confidential clients authenticate with a key or a secret; the others prove themselves by PKCE alone. */
export const CLIENT_AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

/** The member of a client's record that says who registered it. */
export const VERIFIED = 'verified';
/** What a plan vouches for beside it; a publisher that an app names itself is shown as its claim. */
export const PUBLISHER = 'publisher';
export const VERIFIED_DOMAIN = 'verified_domain';

/**
 * Runs for every client that is registered (`ctx`) or loaded (no `ctx`). A client that registers itself is not
 * verified by the plan, whatever it says; a registered `scope` is not kept, as what an app may see is what each member
 * agrees to, not what it once wrote about itself.
 */
export function checkClient(
  ctx: KoaContextWithOIDC | undefined,
  _key: string,
  _value: unknown,
  metadata: ClientMetadata,
): void {
  delete metadata.scope;
  checkLaunchMetadata(metadata, ctx !== undefined);
  if (!ctx) return;
  metadata[VERIFIED] = false;
  delete metadata[VERIFIED_DOMAIN];
  if (typeof metadata.client_name === 'string') metadata.client_name = appName(metadata.client_name);
  if (metadata.sector_identifier_uri !== undefined)
    throw new errors.InvalidClientMetadata('sector_identifier_uri is not fetched');
  const uris: unknown = metadata.redirect_uris;
  if (!Array.isArray(uris)) return;
  if (uris.length > MAX_REDIRECT_URIS)
    throw new errors.InvalidClientMetadata('redirect_uris has too many members');
  uris.forEach(checkRedirectUri);
}
