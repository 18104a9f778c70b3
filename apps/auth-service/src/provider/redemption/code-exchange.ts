/**
 * The exchange of a code for tokens (RFC 6749 section 4.1.3). One SQL statement marks the code as used, and stores the tokens
 * with their event. Of all requests with one code, on all replicas, exactly one gets tokens (security rule D18).
 */
import type { Pool } from '@patient-access/database';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { endGrantOf } from '../../domain/consent/end-reused.ts';
import { consumeRecord } from '../../domain/grants/records.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { beginRedemption, type EventOf, finishRedemption, NotStored, runRedemption } from './redemption.ts';
import type { SourceKey } from './redemption-sql.ts';

/** After a failure of ours the app may ask again with the same code. */
const isRefusal = (error: unknown): boolean =>
  error instanceof errors.OIDCProviderError && error.statusCode < 500;

export class CodeExchange {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly eventOf: EventOf;

  constructor(pool: Pool, tenant: string, eventOf: EventOf) {
    this.pool = pool;
    this.tenant = tenant;
    this.eventOf = eventOf;
  }

  /**
   * Runs oidc-provider's grant for codes, then stores its result.
   *
   * @throws InvalidGrant on the second use of a code, whose grant is then revoked (RFC 6749 section 4.1.2)
   * @throws NotStored when the database failed, or the code expired or moved meanwhile; asking again with it does no harm
   */
  async run(ctx: KoaContextWithOIDC, grant: () => Promise<void>): Promise<void> {
    const key: SourceKey = [this.tenant, 'AuthorizationCode', digest(String(ctx.oidc.params?.['code']))];
    const redemption = await beginRedemption(this.pool, ctx, key);
    try {
      await runRedemption(ctx, redemption, grant);
    } catch (error) {
      // What oidc-provider refuses after it has used the code, such as a proof with another key, uses it up.
      const isUsedUp = redemption.usedId !== undefined && isRefusal(error);
      if (isUsedUp && !(await consumeRecord(this.pool, key))) await this.refuse(key);
      throw error;
    }
    if (await finishRedemption(this.pool, ctx, redemption, this.eventOf)) return;
    await this.refuse(key);
  }

  private async refuse(key: SourceKey): Promise<never> {
    if (!(await endGrantOf(this.pool, key))) throw new NotStored();
    throw new errors.InvalidGrant('authorization code already consumed');
  }
}
