/**
 * Refresh token rotation that survives a lost response (RFC 9700 section 4.14.2). Each refresh request prepares new
 * tokens. One SQL statement then marks the old token as used and stores the new ones together with the response. Of
 * all requests with one token, on all replicas, exactly one rotates. For 30 seconds the others get its response (ADR
 * 14).
 */
import type { Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../../domain/accounts/accounts.ts';
import type { Consents } from '../../domain/consent/consents.ts';
import type { GrantSubject } from '../../domain/consent/grant-subject.ts';
import { deriveKeys, digest, type Keys, seal, unseal } from '../../domain/keys/secrets.ts';
import { endGrantOf } from '../../domain/consent/end-reused.ts';
import { findRecord, type NewOidcRecord, type OidcRecordRow } from '../../domain/grants/records.ts';
import { type PrefetchedRefresh, prefetchRefresh, STORED_RESPONSE, storeRotation } from './rotation-sql.ts';

/** A refresh request in progress: what it has prefetched, and the records that it will store in one statement. */
export interface PendingRotation {
  /** undefined when there is no such refresh token */
  prefetched: PrefetchedRefresh | undefined;
  /** of the token in the request */
  tokenId: string;
  /** id of the record of the token that is used up */
  usedId?: string;
  records: NewOidcRecord[];
}

/** Members of a token response (RFC 6749 section 5.1). */
type TokenResponse = Record<string, unknown> & { access_token: string; refresh_token: string };

const rotations = new WeakMap<object, PendingRotation>();

/** @returns the rotation of the current request, if that is a refresh */
export function currentRotation(): PendingRotation | undefined {
  const { ctx } = Provider;
  return ctx && rotations.get(ctx);
}

/** @returns the record if the current refresh has prefetched it; undefined: read it from the database */
export function prefetchedRecord(model: string, id: string): OidcRecordRow | undefined {
  const { prefetched, tokenId } = currentRotation() ?? {};
  if (model === 'RefreshToken' && id === tokenId) return prefetched?.token;
  return model === 'Grant' && prefetched && id === digest(prefetched.grantId) ? prefetched.grant : undefined;
}

/** @returns the subject of the grant, if the current refresh has prefetched it */
function prefetchedSubject(grantId: string): GrantSubject | undefined {
  const prefetched = currentRotation()?.prefetched;
  return prefetched?.grantId === grantId ? prefetched.subject : undefined;
}

/** What the grant opens and for whom, from what was prefetched if it was. */
export const subjectOfGrant = async (
  consents: Consents,
  grantId: string,
): Promise<GrantSubject | undefined> => prefetchedSubject(grantId) ?? (await consents.find(grantId));

/** @returns the account, if the current refresh has prefetched it */
export function prefetchedAccount(sub: string): Account | undefined {
  const account = currentRotation()?.prefetched?.account;
  return account?.sub === sub ? account : undefined;
}

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
  before(ctx: KoaContextWithOIDC, grantId: string): Promise<void>;
  /** the access event that is stored with the rotation */
  eventOf(ctx: KoaContextWithOIDC): AccessEvent;
}

/**
 * The database failed, so it is unknown whether the rotation was stored; or it was not stored, because the grant was
 * replaced. The client can safely ask again.
 */
class NotStored extends errors.OIDCProviderError {
  override error_description = 'try again later';

  constructor() {
    super(503, 'temporarily_unavailable');
  }
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
   * @throws NotStored when the database failed
   */
  async run(ctx: KoaContextWithOIDC, grant: () => Promise<void>): Promise<void> {
    const token = String(ctx.oidc.params?.['refresh_token']);
    const tokenId = digest(token);
    const prefetched = await prefetchRefresh(this.pool, this.tenant, tokenId);
    if (prefetched) await this.hooks.before(ctx, prefetched.grantId);
    const rotation: PendingRotation = { prefetched, tokenId, records: [] };
    rotations.set(ctx, rotation);
    try {
      await grant();
    } finally {
      rotations.delete(ctx);
    }
    if (await this.rotate(ctx, token, rotation)) {
      ctx.state['recorded'] = true;
      return;
    }
    if (await this.isUnused(tokenId)) throw new NotStored();
    if (await this.repeatResponse(ctx, token, tokenId)) return;
    await endGrantOf(this.pool, [this.tenant, 'RefreshToken', tokenId]);
    throw new errors.InvalidGrant('refresh token already used');
  }

  /** The token moved to a narrower grant while it was refreshed. Asking again gives the scopes that are left. */
  private async isUnused(tokenId: string): Promise<boolean> {
    const token = await findRecord(this.pool, 'id', [this.tenant, 'RefreshToken', tokenId]);
    return token?.consumed_at === null;
  }

  private rotate(ctx: KoaContextWithOIDC, token: string, rotation: PendingRotation): Promise<boolean> {
    const { usedId, prefetched, records } = rotation;
    const [accessToken, refreshToken] = ['AccessToken', 'RefreshToken'].map((model) =>
      records.find((record) => record.model === model),
    );
    if (usedId !== rotation.tokenId || !prefetched || !accessToken || !refreshToken || records.length !== 2)
      throw new Error('a refresh uses one token and issues two');
    const sealed = seal(responseKey(token), requestContext(this.tenant, ctx), JSON.stringify(ctx.body));
    const response = JSON.stringify({ sealed: sealed.toString('base64url') });
    const { tenant } = this;
    const { grantId } = prefetched;
    const event = this.hooks.eventOf(ctx);
    const rotated = { tenant, usedId, grantId, refreshToken, accessToken, response, event };
    return storeRotation(this.pool, rotated).catch((error: unknown) => {
      ctx.oidc.provider.emit('server_error', ctx, error as Error);
      throw new NotStored();
    });
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
    ctx.state['repeated'] = true;
    ctx.body = { ...response, expires_in: access.remainingTTL };
    return true;
  }
}
