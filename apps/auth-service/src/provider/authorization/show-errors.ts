/** Which errors of an authorization request a person sees before the app does (RFC 9700 section 4.11.2; ADR 59). */
import { randomBytes } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { appDisplayName, isVerified } from '../../domain/apps/app-name.ts';
import { sealWayBack } from '../../domain/apps/return-ticket.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { RenderErrorPage } from '../endpoints/error-page.ts';
import type { ErrorHook, RedirectedError } from '../patches/response-modes.ts';
import type { Keys } from '../../domain/keys/secrets.ts';

const BROWSER_BYTES = 16;

/** In an interaction's result: the person pressed the button that this error comes from. */
export const BY_PERSON = 'byPerson';

/** The cookie that binds the button of an error page to the browser. */
export function returnCookieName({ id, issuer }: Pick<Tenant, 'id' | 'issuer'>): string {
  return `${issuer.startsWith('https:') ? '__Host-' : ''}${id}-return`;
}

/** Has somebody logged in for this request, or pressed a button that ends it? */
function hasPersonActed({ oidc }: KoaContextWithOIDC): boolean {
  if (oidc.route !== 'resume') return false;
  const result = oidc.entities.Interaction?.result as Record<string, unknown> | undefined;
  return result?.[BY_PERSON] === true || oidc.session?.accountId !== undefined;
}

/** @returns the random value of this browser's cookie, which is set when it has none */
function browserOf(ctx: KoaContextWithOIDC, tenant: Tenant): string {
  const name = returnCookieName(tenant);
  const known = ctx.cookies.get(name, { signed: false });
  if (known !== undefined) return known;
  const value = randomBytes(BROWSER_BYTES).toString('base64url');
  const secure = tenant.issuer.startsWith('https:') ? '; Secure' : '';
  ctx.append('Set-Cookie', `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}`);
  return value;
}

/** The error as `renderErrorPage` takes it. */
class ShownError extends Error {
  readonly statusCode: number;
  readonly error: string;
  readonly error_description: string;
  readonly error_uri: string | undefined;

  constructor({ error, error_description: description, error_uri: help }: RedirectedError['payload']) {
    super(String(error));
    this.error = String(error);
    this.error_description = String(description ?? '');
    this.error_uri = help === undefined ? undefined : String(help);
    this.statusCode = this.error === 'server_error' ? 500 : 400;
  }
}

/**
 * An app that the plan has not checked gets an error only from a person: one who has logged in, has cancelled, or presses
 * the button of the page. Otherwise anybody could register an app and use this server's address as a link to any site.
 */
export function showErrors(tenant: Tenant, formKey: Keys, renderPage: RenderErrorPage): ErrorHook {
  return (ctx, { redirectUri, mode, payload }) => {
    const { client } = ctx.oidc;
    if (!client || isVerified(client) || hasPersonActed(ctx)) return false;
    const parameters = Object.entries(payload).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const way = { clientId: client.clientId, redirectUri, mode, parameters };
    const error = new ShownError(payload);
    renderPage(tenant, ctx, error, {
      app: appDisplayName(client.clientName),
      redirectUri,
      sealed: sealWayBack(formKey, tenant.id, browserOf(ctx, tenant), way),
    });
    ctx.status = error.statusCode;
    return true;
  };
}
