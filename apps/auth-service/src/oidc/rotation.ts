/**
 * Refresh token rotation that survives a lost response (RFC 9700 section 4.14.2). Whoever refreshes prepares new
 * tokens; one statement then uses the old token up and stores the new ones together with the answer, so that of any
 * number of requests on any number of replicas exactly one rotates. The others, for a short while, get its answer.
 */
import type { Pool } from '@patient-access/database';
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { deriveKey, open, seal } from '../keys/secrets.ts';
import { endGrantOf, findRecord, rotateRecords, type TokenRecord } from './records.ts';

/** How long a client whose response was lost may ask again with the token that it had. */
const GRACE_SECONDS = 30;

/** Model of the sealed answers: a record like any other, it ends with its grant and is swept when it expires. */
const ANSWER = 'RefreshAnswer';

/** What a refresh request would write, held back until all of it can be written at once. */
export interface Rotation {
  /** id of the record of the token that is used up */
  usedId?: string;
  records: TokenRecord[];
}

/** Members of a token response (RFC 6749 section 5.1). */
type Answer = Record<string, unknown> & { access_token: string; refresh_token: string };

const rotations = new WeakMap<object, Rotation>();

/** @returns what the request under way is preparing, when it is a refresh */
export function rotationUnderWay(): Rotation | undefined {
  const { ctx } = Provider;
  return ctx && rotations.get(ctx);
}

/** Opens with the old token only: who reads the database has no more than its digest. */
const sealingKey = (token: string): Buffer => deriveKey(Buffer.from(token), 'refresh-answer');

/** A repetition is the same request: by the same client, for the same scope. */
function contextOf(tenant: string, ctx: KoaContextWithOIDC): string {
  return JSON.stringify([tenant, ctx.oidc.client?.clientId, ctx.oidc.params?.['scope'] ?? null]);
}

function openAnswer(token: string, context: string, payload: string): Answer | undefined {
  const { sealed } = JSON.parse(payload) as { sealed: string };
  try {
    return JSON.parse(open(sealingKey(token), context, Buffer.from(sealed, 'base64url'))) as Answer;
  } catch {
    return undefined;
  }
}

export class RefreshRotation {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /**
   * Goes around the engine's refresh token grant.
   *
   * @throws InvalidGrant when the token was used before and this is no repetition; its grant is then revoked
   */
  async around(ctx: KoaContextWithOIDC, grant: () => Promise<void>): Promise<void> {
    const rotation: Rotation = { records: [] };
    rotations.set(ctx, rotation);
    try {
      await grant();
    } finally {
      rotations.delete(ctx);
    }
    const { usedId, records } = rotation;
    if (usedId === undefined) throw new Error('the refresh token was not used up');
    const token = String(ctx.oidc.params?.['refresh_token']);
    if (await rotateRecords(this.pool, this.tenant, usedId, [...records, this.answer(ctx, token, usedId)]))
      return;
    if (await this.repeat(ctx, token, usedId)) return;
    await endGrantOf(this.pool, [this.tenant, 'RefreshToken', usedId]);
    throw new errors.InvalidGrant('refresh token already used');
  }

  private answer(ctx: KoaContextWithOIDC, token: string, usedId: string): TokenRecord {
    const sealed = seal(sealingKey(token), contextOf(this.tenant, ctx), JSON.stringify(ctx.body));
    return {
      model: ANSWER,
      id: usedId,
      payload: JSON.stringify({ sealed: sealed.toString('base64url') }),
      grantId: ctx.oidc.entities.Grant?.jti ?? null,
      expiresIn: GRACE_SECONDS,
    };
  }

  /** Gives the answer of the rotation once more, while nothing of it was used to refresh, or revoked. */
  private async repeat(ctx: KoaContextWithOIDC, token: string, usedId: string): Promise<boolean> {
    const stored = await findRecord(this.pool, 'id', [this.tenant, ANSWER, usedId]);
    const answer = stored && openAnswer(token, contextOf(this.tenant, ctx), stored.payload);
    if (!answer) return false;
    const { provider } = ctx.oidc;
    const [access, refresh] = await Promise.all([
      provider.AccessToken.find(answer.access_token),
      provider.RefreshToken.find(answer.refresh_token),
    ]);
    if (!access?.isValid || !refresh?.isValid) return false;
    ctx.oidc.entity('AccessToken', access);
    ctx.oidc.entity('RefreshToken', refresh);
    ctx.state['repeated'] = true;
    ctx.body = { ...answer, expires_in: access.remainingTTL };
    return true;
  }
}
