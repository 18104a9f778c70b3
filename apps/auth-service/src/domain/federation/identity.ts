/** The identity of a person, as the plan's identity provider states it. */
import type { JsonObject } from 'openid-client';
import { parseEmailAddress } from '../accounts/email-address.ts';
import type { FederationSettings } from '../tenant/federation-settings.ts';
import { isAuditor, isSecondFactor, isTooWeak, memberNumberOf, methodsOf, missingOf } from './claims.ts';

const MAX_SUBJECT_CHARACTERS = 255;

export interface FederatedIdentity {
  iss: string;
  subject: string;
  /** the member number */
  number: string;
  /** how the person was authenticated there (RFC 8176) */
  amr: string[];
  /** whether a second factor was used there, as far as the plan says how to tell */
  secondFactor: boolean;
  /** seconds since 1970 */
  authTime?: number;
  /** if the identity provider vouches for it */
  email?: string;
}

/** Why a login at the plan's identity provider failed. The member reads a text for each reason. */
export type LoginRefusalReason =
  | 'cancelled'
  | 'unavailable'
  | 'not-now'
  | 'not-believed'
  | 'not-offered'
  | 'client-refused'
  | 'not-fresh'
  | 'not-eligible'
  | 'level-too-low'
  | 'not-active'
  | 'access-over'
  | 'not-auditor'
  | 'no-member-number'
  | 'unknown-member'
  | 'several-members'
  | 'member-changed'
  | 'already-linked';

export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
  readonly reason: LoginRefusalReason;
  /** what the provider demands, where that is not offered */
  readonly demand?: string;

  constructor(reason: LoginRefusalReason, cause?: unknown, demand?: string) {
    super(reason, { cause });
    this.reason = reason;
    this.demand = demand;
  }
}

/** What is known of somebody whose login was refused, for the plan's staff. */
export function knownOf(settings: FederationSettings, claims: JsonObject) {
  const number = memberNumberOf(settings, claims);
  return {
    user: { iss: String(claims['iss']), sub: String(claims['sub']).slice(0, MAX_SUBJECT_CHARACTERS) },
    ...(number !== '' && { number }),
  };
}

/** An auditor, as the plan's identity provider states it. */
export interface AuditorIdentity extends Omit<FederatedIdentity, 'number' | 'email'> {
  /** what the trail calls the auditor; it decides nothing */
  name: string;
}

interface Needs {
  /** does every login of this plan need one? */
  secondFactor: boolean;
}

/** @throws LoginRefused */
function checkRequired(settings: FederationSettings, claims: JsonObject, needs: Needs): void {
  const missing = missingOf(settings, claims);
  if (missing === 'claim') throw new LoginRefused('not-eligible');
  const tooWeak = needs.secondFactor && isSecondFactor(settings, claims) === false;
  if (missing === 'level' || tooWeak) throw new LoginRefused('level-too-low');
}

/** @throws LoginRefused */
function checkSubject(sub: unknown): void {
  if (String(sub).length > MAX_SUBJECT_CHARACTERS || /\p{Cc}/u.test(String(sub)))
    throw new LoginRefused('not-believed');
}

/**
 * What `require` says of members, such as how their identity was proven, does not hold for auditors. What it says of the
 * strength of a login does. A second factor that the plan demands of auditors has to be stated.
 *
 * @param claims as in {@link identityOf}
 * @throws LoginRefused when the claim that the plan has named does not say that it is an auditor
 */
export function auditorOf(settings: FederationSettings, claims: JsonObject, needs: Needs): AuditorIdentity {
  const { iss, sub, auth_time, preferred_username, email } = claims as Record<string, unknown>;
  if (isAuditor(settings, claims) !== true) throw new LoginRefused('not-auditor');
  const secondFactor = isSecondFactor(settings, claims) === true;
  if (isTooWeak(settings, claims) || (needs.secondFactor && !secondFactor))
    throw new LoginRefused('level-too-low');
  checkSubject(sub);
  const [name = String(sub)] = [preferred_username, email].filter((text) => typeof text === 'string');
  return {
    iss: String(iss),
    subject: String(sub),
    name: name.slice(0, MAX_SUBJECT_CHARACTERS),
    amr: methodsOf(claims),
    secondFactor,
    authTime: typeof auth_time === 'number' ? auth_time : undefined,
  };
}

/**
 * @param claims of an id_token whose signature, issuer, audience, nonce and times were verified
 * @throws LoginRefused when a required claim has another value, or the member number is missing
 */
export function identityOf(
  settings: FederationSettings,
  claims: JsonObject,
  needs: Needs = { secondFactor: false },
): FederatedIdentity {
  const { iss, sub, auth_time, email, email_verified } = claims as Record<string, unknown>;
  checkRequired(settings, claims, needs);
  const number = memberNumberOf(settings, claims);
  if (number === '') throw new LoginRefused('no-member-number');
  checkSubject(sub);
  const verified = email_verified === true && typeof email === 'string';
  return {
    iss: String(iss),
    subject: String(sub),
    number,
    amr: methodsOf(claims),
    secondFactor: isSecondFactor(settings, claims) === true,
    authTime: typeof auth_time === 'number' ? auth_time : undefined,
    email: verified ? parseEmailAddress(email) : undefined,
  };
}
