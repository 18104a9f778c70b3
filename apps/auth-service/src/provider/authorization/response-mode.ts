/** `response_mode`: codes are sent in the query. Our pages look for them there when a member comes back. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';

/** oidc-provider keeps the fragment for the errors of response types that it does not offer, and would take it for codes too. */
export function responseModeParameter({ oidc }: KoaContextWithOIDC, mode: string | undefined): void {
  if (mode === undefined || mode === 'query') return;
  // The app reads of the error where it has to read its codes.
  (oidc.params as Record<string, unknown>)['response_mode'] = undefined;
  throw new errors.UnsupportedResponseMode();
}
