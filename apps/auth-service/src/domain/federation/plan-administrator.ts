/** An administrator whom the plan's identity provider names, by a token for this API. */
import type { JsonObject } from 'openid-client';
import type { Administrator } from '../audit/administrator.ts';
import type { FederationSettings } from '../tenant/federation-settings.ts';
import { isAdministrator, isSecondFactor } from './claims.ts';

const MAX_CHARACTERS = 255;
const isPlain = (text: unknown): text is string => typeof text === 'string' && !/\p{Cc}/u.test(text);

/**
 * @param claims of a token of the plan's identity provider that was verified
 * @param needs.secondFactor does the plan demand one of its staff?
 * @returns undefined for somebody who is no administrator of this plan
 */
export function administratorIn(
  settings: FederationSettings,
  claims: JsonObject,
  needs: { secondFactor: boolean },
): Administrator | undefined {
  const { iss, sub, preferred_username: name } = claims;
  if (!isAdministrator(settings, claims)) return undefined;
  if (needs.secondFactor && isSecondFactor(settings, claims) !== true) return undefined;
  if (!isPlain(sub) || sub === '' || sub.length > MAX_CHARACTERS) return undefined;
  return {
    administrator: sub,
    issuer: String(iss),
    ...(isPlain(name) && { name: name.slice(0, MAX_CHARACTERS) }),
  };
}
