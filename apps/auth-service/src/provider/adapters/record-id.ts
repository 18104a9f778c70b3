/** The ids of records: the table holds only a digest of what is a secret. */
import { digest } from '../../domain/keys/secrets.ts';

export const TOKEN_ID_PREFIX = 'sha256.';

/** The `jti` of a token. It is stable, and a `jti` that somebody reads in a log cannot be used as a token. */
export function tokenId(value: string): string {
  return `${TOKEN_ID_PREFIX}${digest(value)}`;
}

/** oidc-provider destroys and consumes a record by the `jti` of the record, or by the value that it received. */
export function recordId(value: string): string {
  return value.startsWith(TOKEN_ID_PREFIX) ? value.slice(TOKEN_ID_PREFIX.length) : digest(value);
}
