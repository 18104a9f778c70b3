import type { KoaContextWithOIDC } from 'oidc-provider';

const ACCESS_TOKEN_SECONDS = 600;
/** SMART App Launch, "Backend Services": at most five minutes, and no refresh token. */
const BACKEND_TOKEN_SECONDS = 300;
const CODE_SECONDS = 60;
/** How long an app may go on by itself once the member agreed to that (`offline_access`). */
export const OFFLINE_GRANT_SECONDS = 90 * 24 * 60 * 60;
/** A grant for this time only: one code, one access token. */
export const ONCE_GRANT_SECONDS = CODE_SECONDS + ACCESS_TOKEN_SECONDS;
/** Time to log in and to read the consent page. */
export const INTERACTION_SECONDS = 900;
/**
 * A login lasts so long after the member last logged in or decided about an app; nothing that an app does makes it
 * last longer. Within it a second app can be connected without logging in again, and an app with `online_access` goes
 * on.
 */
const SESSION_SECONDS = 1_800;
/** How long an app may go on while the member stays logged in (`online_access`), however often that is renewed. */
export const ONLINE_GRANT_SECONDS = 12 * 60 * 60;
const ID_TOKEN_SECONDS = 600;

const now = (): number => Math.floor(Date.now() / 1000);

/** No token outlives the grant that it stands on. */
function untilGrantEnds(ctx: KoaContextWithOIDC, limitSeconds: number): number {
  const end = ctx.oidc.entities.Grant?.exp ?? 0;
  return Math.max(1, Math.min(limitSeconds, end - now()));
}

/** `ttl` of the engine's configuration. */
export const LIFETIMES = {
  AccessToken: (ctx: KoaContextWithOIDC) => untilGrantEnds(ctx, ACCESS_TOKEN_SECONDS),
  AuthorizationCode: CODE_SECONDS,
  ClientCredentials: BACKEND_TOKEN_SECONDS,
  Grant: OFFLINE_GRANT_SECONDS,
  IdToken: ID_TOKEN_SECONDS,
  Interaction: INTERACTION_SECONDS,
  RefreshToken: (ctx: KoaContextWithOIDC) => untilGrantEnds(ctx, OFFLINE_GRANT_SECONDS),
  Session: SESSION_SECONDS,
};
