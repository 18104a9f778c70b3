/** `launch` at the authorization endpoint (SMART App Launch, "EHR launch"; case O36). */
import { splitScope } from '@patient-access/smart';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { isPushedRequest } from '../authorization/pushed-request.ts';
import { setLaunchEvent } from '../audit/record-events.ts';
import type { Launches, OpenedLaunch } from '../../domain/launch/launches.ts';

/** One text for all of them: whoever guesses does not learn which. */
export const LAUNCH_REFUSED = 'launch is unknown, expired, already used, or meant for another client';

const SCOPE = 'launch';

/** @returns the code, for the trail, of why this client may not use this launch now; undefined when it may */
function refusalReason({ used, late, app }: OpenedLaunch, clientId: string | undefined): string | undefined {
  if (used) return 'launch-used';
  if (late) return 'launch-expired';
  return app !== undefined && app !== clientId ? 'launch-of-another-client' : undefined;
}

/**
 * The engine's check of the parameter. A launch that may be used is known by its digest from here on; it is used up
 * when the member agrees, so that a page can be loaded again. Who guesses leaves no event (case A16); whoever has a
 * launch that was opened does.
 */
export function launchParameter(launches: Launches) {
  return async (ctx: KoaContextWithOIDC, launch: string | undefined): Promise<void> => {
    const params = ctx.oidc.params as Record<string, string | undefined>;
    const scopes = splitScope(params['scope']);
    if (launch === undefined) {
      // Nobody opened a launch, so there is none to be granted.
      params['scope'] = scopes.filter((scope) => scope !== SCOPE).join(' ');
      if (params['scope'] === '') throw new errors.InvalidScope('the scope launch needs a launch', SCOPE);
      return;
    }
    if (!scopes.includes(SCOPE)) throw new errors.InvalidRequest('launch needs the scope launch');
    // Of what was pushed this is the digest already.
    const opened = await launches.find(isPushedRequest(ctx) ? launch : digest(launch));
    const reason = opened && refusalReason(opened, ctx.oidc.client?.clientId);
    if (reason) setLaunchEvent(ctx, { action: 'refuse', outcome: '4', reason });
    if (!opened || reason) throw new errors.InvalidRequest(LAUNCH_REFUSED);
    params['launch'] = opened.id;
  };
}
