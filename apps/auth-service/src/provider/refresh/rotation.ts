/**
 * Refresh token rotation that survives a lost response (RFC 9700 section 4.14.2). Each refresh request prepares new
 * tokens. One SQL statement then marks the old token as used and stores the new ones together with the response. Of
 * all requests with one token, on all replicas, exactly one rotates. For 30 seconds the others get its response (ADR
 * 14).
 */
import type { Pool } from '@patient-access/database';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { endGrantOf } from '../../domain/consent/end-reused.ts';
import { findRecord } from '../../domain/grants/records.ts';
import { deriveKeys, digest, type Keys, seal, unseal } from '../../domain/keys/secrets.ts';
import { stateOfRequest } from '../request-state.ts';
import { type Prefetched, type SourceKey, STORED_RESPONSE } from '../redemption/redemption-sql.ts';
import {
  beginRedemption,
  type EventOf,
  finishRedemption,
  NotStored,
  type PendingRedemption,
  runRedemption,
} from '../redemption/redemption.ts';

/** Members of a token response (RFC 6749 section 5.1). */
type TokenResponse = Record<string, unknown> & { access_token: string; refresh_token: string };

/** Only the old token decrypts the response. The database holds only a digest of that token. */
const responseKey = (token: string): Keys => deriveKeys([Buffer.from(token)], 'refresh-response');

/** A response is repeated only for the same request: from the same client, for the same scope. */
function requestContext(tenant: string, ctx: KoaContextWithOIDC): string {
  return JSON.stringify([tenant, ctx.oidc.client?.clientId, ctx.oidc.params?.['scope'] ?? null]);
}

function decryptResponse(token: string, context: string, payload: string): TokenResponse | undefined {
  const { sealed } = JSON.parse(payload) as { sealed: string };
  try {
    return JSON.parse(unseal(responseKey(token), context, Buffer.from(sealed, 'base64url'))) as TokenResponse;
  } catch {
    return undefined;
  }
}

/** The functions that the rotation calls. */
interface RotationHooks {
  /** runs before the token is used; an error that it throws is the response */
  before(ctx: KoaContextWithOIDC, prefetched: Prefetched): Promise<void>;
  eventOf: EventOf;
}

export class RefreshRotation {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly hooks: RotationHooks;

  constructor(pool: Pool, tenant: string, hooks: RotationHooks) {
    this.pool = pool;
    this.tenant = tenant;
    this.hooks = hooks;
  }

  /**
   * Runs oidc-provider's refresh token grant, then stores its result.
   *
   * @throws InvalidGrant when the token was used before and the response cannot be repeated; the grant is then revoked
   * @throws NotStored when the database failed, or the token expired or moved meanwhile
   */
  async run(ctx: KoaContextWithOIDC, grant: () => Promise<void>): Promise<void> {
    const token = String(ctx.oidc.params?.['refresh_token']);
    const tokenId = digest(token);
    const key: SourceKey = [this.tenant, 'RefreshToken', tokenId];
    const redemption = await beginRedemption(this.pool, ctx, key);
    if (redemption.prefetched) await this.hooks.before(ctx, redemption.prefetched);
    await runRedemption(ctx, redemption, grant);
    if (await this.rotate(ctx, token, redemption)) return;
    if (await this.repeatResponse(ctx, token, tokenId)) return;
    // An unused token moved to a narrower grant meanwhile, for one. Asking again gives the scopes that are left.
    if (!(await endGrantOf(this.pool, key))) throw new NotStored();
    throw new errors.InvalidGrant('refresh token already used');
  }

  private rotate(ctx: KoaContextWithOIDC, token: string, redemption: PendingRedemption): Promise<boolean> {
    const sealed = seal(responseKey(token), requestContext(this.tenant, ctx), JSON.stringify(ctx.body));
    const response = JSON.stringify({ sealed: sealed.toString('base64url') });
    return finishRedemption(this.pool, ctx, redemption, this.hooks.eventOf, response);
  }

  /** Sends the response of the rotation again, as long as neither of its tokens was used to refresh or revoked. */
  private async repeatResponse(ctx: KoaContextWithOIDC, token: string, usedId: string): Promise<boolean> {
    const stored = await findRecord(this.pool, 'id', [this.tenant, STORED_RESPONSE, usedId]);
    const response = stored && decryptResponse(token, requestContext(this.tenant, ctx), stored.payload);
    if (!response) return false;
    const { provider } = ctx.oidc;
    const [access, refresh] = await Promise.all([
      provider.AccessToken.find(response.access_token),
      provider.RefreshToken.find(response.refresh_token),
    ]);
    if (!access?.isValid || !refresh?.isValid) return false;
    ctx.oidc.entity('AccessToken', access);
    ctx.oidc.entity('RefreshToken', refresh);
    stateOfRequest(ctx).repeated = true;
    ctx.body = { ...response, expires_in: access.remainingTTL };
    return true;
  }
}
