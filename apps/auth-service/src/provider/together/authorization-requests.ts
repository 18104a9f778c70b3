/** Requests at the authorization endpoint read by one statement and store by one (ADR 120). */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { giveInteractionBack } from '../adapters/one-code.ts';
import { resumedUid } from '../authorization/keep-outcomes.ts';
import { isPage } from '../endpoints/failures.ts';
import { stateOfRequest } from '../request-state.ts';
import type { SharedServices } from '../shared-services.ts';
import type { SmartProvider } from '../smart-provider.ts';
import { readingAhead } from './ahead.ts';
import type { Named } from './ahead-sql.ts';
import { gatheringWrites } from './writes.ts';

const idOf = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : digest(value);

/** What the request says. Nothing follows from it: oidc-provider checks the cookies' signatures before it asks for records. */
function namedBy(ctx: KoaContextWithOIDC, provider: SmartProvider): Named {
  const { client_id: client } = ctx.query;
  return {
    session: idOf(ctx.cookies.get(provider.cookieName('session'), { signed: false })),
    interaction: idOf(resumedUid(ctx)),
    client: typeof client === 'string' ? client : undefined,
  };
}

/** Middleware. It is inside of what records the events of a request: what an event reports has been stored. */
export function workTogether(provider: SmartProvider, { pool }: SharedServices, { id }: Tenant) {
  /** The session that the cookies name was not stored, and no code was. */
  const undo = async (ctx: KoaContextWithOIDC): Promise<void> => {
    ctx.remove('Set-Cookie');
    await giveInteractionBack(pool, id, ctx);
  };
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (!isPage(ctx)) return next();
    const work = () => readingAhead(pool, id, namedBy(ctx, provider), next);
    // oidc-provider has caught the error and answered it.
    const changesNothing = () => {
      const { failure, goesOnElsewhere } = stateOfRequest(ctx);
      return failure !== undefined || goesOnElsewhere === true;
    };
    try {
      await gatheringWrites(ctx, work, changesNothing);
      if (changesNothing()) await undo(ctx);
    } catch (error) {
      await undo(ctx);
      throw error;
    }
  };
}
