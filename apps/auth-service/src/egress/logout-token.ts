/** Logout tokens of the plan's identity provider (OpenID Connect Back-Channel Logout 1.0, section 2.6). */
import { errors, type JWTPayload } from 'jose';
import type { FederationSettings } from '../domain/tenant/federation-settings.ts';
import { algorithmsOf, CLOCK_TOLERANCE_SECONDS } from './plan-login.ts';
import type { ProviderKeys } from './provider-keys.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** A token without an end is good for this long. */
const MAX_AGE_SECONDS = 300;

export interface Logout {
  iss: string;
  subject: string;
  /** unique for the issuer */
  id: string;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with the token, beside what jose finds. */
class NotALogout extends errors.JWTInvalid {}

/** @throws NotALogout */
function logoutIn({ iss, sub, jti, events, nonce }: JWTPayload): Logout {
  const event = isObject(events) ? (events as Record<string, unknown>)[EVENT] : undefined;
  if (!isObject(event)) throw new NotALogout('no logout event');
  if (nonce !== undefined) throw new NotALogout('a nonce: this is an id_token');
  if (typeof jti !== 'string' || jti === '') throw new NotALogout('no jti');
  if (typeof sub !== 'string' || sub === '') throw new NotALogout('no sub');
  return { iss: String(iss), subject: sub, id: jti };
}

export class LogoutTokens {
  private readonly keys: ProviderKeys;
  private readonly settings: FederationSettings;

  constructor(keys: ProviderKeys, settings: FederationSettings) {
    this.keys = keys;
    this.settings = settings;
  }

  /** @throws errors of jose; NotALogout; of the egress when the keys cannot be fetched */
  async verify(token: string): Promise<Logout> {
    const { issuer, clientId } = this.settings;
    const rules = {
      algorithms: algorithmsOf(this.settings),
      issuer,
      audience: clientId,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: MAX_AGE_SECONDS,
    };
    const { payload } = await this.keys.verify(token, rules, 'stranger');
    return logoutIn(payload);
  }
}
