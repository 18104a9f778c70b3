/** Tokens of a plan's identity provider that were issued to somebody else, who shows them here. */
import { errors, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { JsonObject } from 'openid-client';
import type { FederationSettings } from '../domain/tenant/federation-settings.ts';
import { algorithmsOf, CLOCK_TOLERANCE_SECONDS } from './plan-login.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** A token of an administrator is not good for longer, whatever it says. */
const ADMINISTRATOR_TOKEN_AGE = '1h';

/** A logout token of the same client is no answer to who somebody is. */
const isLogout = (payload: JWTPayload): boolean => payload['events'] !== undefined;

export class TokensOfOthers {
  private readonly keys: ProviderKeys;
  private readonly rules: JWTVerifyOptions;

  constructor(keys: ProviderKeys, settings: Pick<FederationSettings, 'idTokenAlg'>, issuer: string) {
    this.keys = keys;
    this.rules = {
      algorithms: algorithmsOf(settings),
      issuer,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp', 'iat'],
    };
  }

  /**
   * @param idToken that the plan's portal got for itself
   * @returns its claims
   * @throws errors of jose; of the egress when the keys cannot be fetched
   */
  async ofPortal(idToken: string, audience: string[]): Promise<JsonObject> {
    const { payload } = await this.keys.verify(idToken, { ...this.rules, audience }, 'login');
    // An access token has a header of its own.
    if (isLogout(payload) || payload['typ'] === 'Bearer') throw new errors.JWTInvalid('not an id_token');
    return payload as JsonObject;
  }

  /**
   * @param token that a program of the plan's staff got for the administration of the plan
   * @returns its claims
   * @throws errors of jose; of the egress when the keys cannot be fetched
   */
  async ofAdministrator(token: string, audience: string): Promise<JsonObject> {
    const rules = { ...this.rules, audience, maxTokenAge: ADMINISTRATOR_TOKEN_AGE };
    const { payload } = await this.keys.verify(token, rules, 'stranger');
    if (isLogout(payload)) throw new errors.JWTInvalid('a logout token');
    return payload as JsonObject;
  }
}
