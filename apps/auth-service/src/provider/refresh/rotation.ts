/**
 * Refresh token rotation that survives a lost response (RFC 9700 section 4.14.2). Whoever refreshes prepares new
 * tokens; one statement then uses the old token up and stores the new ones together with the answer, so that of any
 * number of requests on any number of replicas exactly one rotates. The others, for a short while, get its answer.
 */
import type { Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../../domain/accounts/accounts.ts';
import type { GrantSubject } from '../../domain/consent/grant-subject.ts';
import { deriveKey, digest, unseal, seal } from '../../domain/keys/secrets.ts';
import {
  endGrantOf,
  findRecord,
  type NewOidcRecord,
  type OidcRecordRow,
} from '../../domain/grants/records.ts';
import { ANSWER, foresee, type Foreseen, rotateTogether } from './rotation-sql.ts';

/** What a refresh request would write, held back until all of it can be written at once; and what it is known to ask. */
export interface Rotation {
  /** undefined when there is no such refresh token */
  foreseen: Foreseen | undefined;
  /** of the token that is asked with */
  tokenId: string;
  /** id of the record of the token that is used up */
  usedId?: string;
  records: NewOidcRecord[];
}

/** Members of a token response (RFC 6749 section 5.1). */
type Answer = Record<string, unknown> & { access_token: string; refresh_token: string };

const rotations = new WeakMap<object, Rotation>();

/** @returns what the request under way is preparing, when it is a refresh */
export function rotationUnderWay(): Rotation | undefined {
  const { ctx } = Provider;
  return ctx && rotations.get(ctx);
}

/** @returns what of a refresh under way was found beforehand; undefined: look for it */
export function foreseenRecord(model: string, id: string): OidcRecordRow | undefined {
  const { foreseen, tokenId } = rotationUnderWay() ?? {};
  if (model === 'RefreshToken' && id === tokenId) return foreseen?.token;
  return model === 'Grant' && foreseen && id === digest(foreseen.grantId) ? foreseen.grant : undefined;
}

/** @returns who and what the grant of a refresh under way is about */
export function foreseenSubject(grantId: string): GrantSubject | undefined {
  const foreseen = rotationUnderWay()?.foreseen;
  return foreseen?.grantId === grantId ? foreseen.subject : undefined;
}

/** @returns whose refresh is under way, if that is the login */
export function foreseenAccount(sub: string): Account | undefined {
  const account = rotationUnderWay()?.foreseen?.account;
  return account?.sub === sub ? account : undefined;
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
    return JSON.parse(unseal(sealingKey(token), context, Buffer.from(sealed, 'base64url'))) as Answer;
  } catch {
    return undefined;
  }
}

/** What goes around the rotation. */
interface Beside {
  /** before anything is used up; what it throws is the answer */
  before(ctx: KoaContextWithOIDC, grantId: string): Promise<void>;
  /** what the audit trail is told; stored with the rotation */
  eventOf(ctx: KoaContextWithOIDC): AccessEvent;
}

/** Whether it is stored is not known: to ask again is safe either way. */
class NotStored extends errors.OIDCProviderError {
  override error_description = 'try again later';

  constructor() {
    super(503, 'temporarily_unavailable');
  }
}

export class RefreshRotation {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly beside: Beside;

  constructor(pool: Pool, tenant: string, beside: Beside) {
    this.pool = pool;
    this.tenant = tenant;
    this.beside = beside;
  }

  /**
   * Goes around the engine's refresh token grant.
   *
   * @throws InvalidGrant when the token was used before and this is no repetition; its grant is then revoked
   * @throws NotStored when the database failed
   */
  async around(ctx: KoaContextWithOIDC, grant: () => Promise<void>): Promise<void> {
    const token = String(ctx.oidc.params?.['refresh_token']);
    const tokenId = digest(token);
    const foreseen = await foresee(this.pool, this.tenant, tokenId);
    if (foreseen) await this.beside.before(ctx, foreseen.grantId);
    const rotation: Rotation = { foreseen, tokenId, records: [] };
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
    if (await this.repeat(ctx, token, tokenId)) return;
    await endGrantOf(this.pool, [this.tenant, 'RefreshToken', tokenId]);
    throw new errors.InvalidGrant('refresh token already used');
  }

  private rotate(ctx: KoaContextWithOIDC, token: string, rotation: Rotation): Promise<boolean> {
    const { usedId, foreseen, records } = rotation;
    const [accessToken, refreshToken] = ['AccessToken', 'RefreshToken'].map((model) =>
      records.find((record) => record.model === model),
    );
    if (usedId !== rotation.tokenId || !foreseen || !accessToken || !refreshToken || records.length !== 2)
      throw new Error('a refresh uses one token up, and makes two');
    const sealed = seal(sealingKey(token), contextOf(this.tenant, ctx), JSON.stringify(ctx.body));
    const answer = JSON.stringify({ sealed: sealed.toString('base64url') });
    const { tenant } = this;
    const { grantId } = foreseen;
    const event = this.beside.eventOf(ctx);
    const rotated = { tenant, usedId, grantId, refreshToken, accessToken, answer, event };
    return rotateTogether(this.pool, rotated).catch((error: unknown) => {
      ctx.oidc.provider.emit('server_error', ctx, error as Error);
      throw new NotStored();
    });
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
