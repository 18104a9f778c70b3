/** The identity of a person, as the plan's identity provider states it. */
import type { JsonObject } from 'openid-client';
import { parseEmailAddress } from '../accounts/email-address.ts';
import type { FederationSettings } from '../tenant/federation-settings.ts';

const MAX_TEXT_CHARACTERS = 64;
const MAX_SUBJECT_CHARACTERS = 255;
const MAX_METHODS = 10;

export interface FederatedIdentity {
  iss: string;
  subject: string;
  /** the member number */
  number: string;
  /** how the person was authenticated there (RFC 8176) */
  amr: string[];
  /** seconds since 1970 */
  authTime?: number;
  /** if the identity provider vouches for it */
  email?: string;
}

/** Why a login at the plan's identity provider failed. The member reads a text for each reason. */
export type LoginRefusalReason =
  | 'cancelled'
  | 'unavailable'
  | 'not-believed'
  | 'not-fresh'
  | 'not-eligible'
  | 'not-active'
  | 'no-member-number'
  | 'unknown-member'
  | 'several-members'
  | 'member-changed'
  | 'already-linked';

export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
  readonly reason: LoginRefusalReason;

  constructor(reason: LoginRefusalReason, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

function methods(amr: unknown): string[] {
  const texts = Array.isArray(amr) ? amr.filter((method) => typeof method === 'string') : [];
  return texts.filter((text) => text.length <= MAX_TEXT_CHARACTERS).slice(0, MAX_METHODS);
}

/**
 * @param claims of an id_token whose signature, issuer, audience, nonce and times were verified
 * @throws LoginRefused when a required claim has another value, or the member number is missing
 */
export function identityOf(settings: FederationSettings, claims: JsonObject): FederatedIdentity {
  const { iss, sub, amr, auth_time, email, email_verified } = claims as Record<string, unknown>;
  if (Object.entries(settings.require).some(([name, value]) => claims[name] !== value)) {
    throw new LoginRefused('not-eligible');
  }
  const claim = claims[settings.memberClaim];
  const number = typeof claim === 'string' || typeof claim === 'number' ? String(claim).trim() : '';
  if (number === '' || number.length > MAX_TEXT_CHARACTERS || /\p{Cc}/u.test(number)) {
    throw new LoginRefused('no-member-number');
  }
  if (String(sub).length > MAX_SUBJECT_CHARACTERS || /\p{Cc}/u.test(String(sub))) {
    throw new LoginRefused('not-believed');
  }
  const authTime = typeof auth_time === 'number' ? auth_time : undefined;
  const verified = email_verified === true && typeof email === 'string';
  const address = verified ? parseEmailAddress(email) : undefined;
  return { iss: String(iss), subject: String(sub), number, amr: methods(amr), authTime, email: address };
}
