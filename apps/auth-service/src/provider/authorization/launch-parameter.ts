/** `launch` at the authorization endpoint (SMART App Launch, "EHR launch"; case O36). */
import { splitScope } from '@patient-access/smart';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { noteLaunch } from './launch-of-another.ts';
import { isPushedRequest } from './pushed-request.ts';
import { setLaunchEvent } from '../audit/record-events.ts';
import type { Launches, OpenedLaunch } from '../../domain/launch/launches.ts';

/** One text for all reasons, so that a guess reveals nothing. */
export const LAUNCH_REFUSED = 'launch is unknown, expired, already used, or meant for another client';

const SCOPE = 'launch';
/** Both ask for what the launch says. Many apps ask for `launch/patient` in every launch. */
export const LAUNCH_SCOPES = [SCOPE, 'launch/patient'];

const WITHOUT_SCOPE =
  'launch needs the scope launch or launch/patient: add one of them to scope, or leave launch out';

/** @returns the reason, for the access event, why the client may not use the launch; undefined if it may */
function refusalReason({ used, late, app }: OpenedLaunch, clientId: string | undefined): string | undefined {
  if (used) return 'launch-used';
  if (late) return 'launch-expired';
  return app !== undefined && app !== clientId ? 'launch-of-another-client' : undefined;
}

/**
 * Checks the parameter `launch`. From here on the request holds the digest of the launch. The launch is used up when
 * the member agrees, so that the page can be reloaded before. A guessed value causes no event (case A16); the refusal
 * of an existing launch does.
 */
export function launchParameter(launches: Launches) {
  return async (ctx: KoaContextWithOIDC, launch: string | undefined): Promise<void> => {
    const params = ctx.oidc.params as Record<string, string | undefined>;
    const scopes = splitScope(params['scope']);
    if (launch === undefined) {
      // Nobody opened a launch, so the scope cannot be granted.
      params['scope'] = scopes.filter((scope) => scope !== SCOPE).join(' ');
      if (params['scope'] === '') throw new errors.InvalidScope('the scope launch needs a launch', SCOPE);
      return;
    }
    if (!LAUNCH_SCOPES.some((scope) => scopes.includes(scope)))
      throw new errors.InvalidRequest(WITHOUT_SCOPE);
    // In a pushed request the parameter is the digest already.
    const opened = await launches.find(isPushedRequest(ctx) ? launch : digest(launch));
    const reason = opened && refusalReason(opened, ctx.oidc.client?.clientId);
    if (reason) setLaunchEvent(ctx, { action: 'refuse', outcome: '4', reason });
    if (!opened || reason) throw new errors.InvalidRequest(LAUNCH_REFUSED);
    params['launch'] = opened.id;
    noteLaunch(ctx, opened.patient);
  };
}
