/** Gives oidc-provider the lifetimes of `domain/grants/lifetimes.ts`, for each of its models. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import {
  ACCESS_TOKEN_SECONDS,
  BACKEND_TOKEN_SECONDS,
  CODE_SECONDS,
  ID_TOKEN_SECONDS,
  INTERACTION_SECONDS,
  LONGEST_GRANT_SECONDS,
  SESSION_SECONDS,
} from '../../domain/grants/lifetimes.ts';

const now = (): number => Math.floor(Date.now() / 1000);

/** No token outlives its grant. */
function untilGrantEnds(ctx: KoaContextWithOIDC, limitSeconds: number): number {
  const end = ctx.oidc.entities.Grant?.exp ?? 0;
  return Math.max(1, Math.min(limitSeconds, end - now()));
}

/** `ttl` of oidc-provider's configuration. */
export const TTL = {
  AccessToken: (ctx: KoaContextWithOIDC) => untilGrantEnds(ctx, ACCESS_TOKEN_SECONDS),
  AuthorizationCode: CODE_SECONDS,
  ClientCredentials: BACKEND_TOKEN_SECONDS,
  Grant: LONGEST_GRANT_SECONDS,
  IdToken: ID_TOKEN_SECONDS,
  Interaction: INTERACTION_SECONDS,
  RefreshToken: (ctx: KoaContextWithOIDC) => untilGrantEnds(ctx, LONGEST_GRANT_SECONDS),
  Session: SESSION_SECONDS,
};
