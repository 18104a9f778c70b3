/** Software statements (RFC 7591 section 2.3): somebody whom the plan trusts says what an app is. */
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { type ClientMetadata, parseMetadata, type Registrant } from '../clients/metadata.ts';
import { invalidMetadata, RegistrationError } from '../clients/registration-error.ts';
import { domainOf } from '../clients/verified-domain.ts';
import type { StatementIssuer } from '../tenant/statement-settings.ts';
import type { Tenant } from '../tenant/tenant.ts';

const ALGORITHMS = ['RS256', 'RS384', 'PS256', 'PS384', 'ES256', 'ES384', 'EdDSA'];
const MAX_CHARACTERS = 12_000;

/**
 * What the app itself may say beside a statement: how it authenticates and how it asks. All that members see, and where
 * they are sent, comes from the statement alone, because it is shown as a fact.
 */
const BESIDE = [
  'token_endpoint_auth_method',
  'grant_types',
  'response_types',
  'jwks',
  'jwks_uri',
  'require_pushed_authorization_requests',
  'dpop_bound_access_tokens',
  'id_token_signed_response_alg',
  'subject_type',
];

/** Keys at an address, with that of `kid` if it is there; rejects when they cannot be had. */
export type KeysAt = (url: string, kid: string) => Promise<readonly JWK[]>;

/** An app that somebody vouches for whom the plan trusts. */
export interface SoftwareStatement {
  issuer: string;
  /** the JWT as it was sent */
  jwt: string;
  claims: JWTPayload;
}

const unapproved = (why: string): RegistrationError =>
  new RegistrationError(400, 'unapproved_software_statement', `software_statement ${why}`);

/** @returns the statement of a registration, if there is one */
export function statementIn(input: unknown): string | undefined {
  const { software_statement: statement } = (input ?? {}) as { software_statement?: unknown };
  if (statement === undefined || statement === null) return undefined;
  if (typeof statement !== 'string' || statement.length > MAX_CHARACTERS) throw unapproved('must be a JWT');
  return statement;
}

function headOf(statement: string): { issuer?: string; kid?: string } {
  try {
    return { issuer: decodeJwt(statement).iss, kid: decodeProtectedHeader(statement).kid };
  } catch {
    throw unapproved('must be a JWT');
  }
}

/** @throws RegistrationError when the issuer publishes its keys, and they cannot be had now */
async function keysOf(
  { jwks, jwks_uri }: StatementIssuer,
  kid: unknown,
  keysAt: KeysAt,
): Promise<JSONWebKeySet> {
  if (jwks_uri === undefined) return jwks as unknown as JSONWebKeySet;
  if (typeof kid !== 'string') throw unapproved('has no kid, and its issuer publishes several keys in time');
  try {
    return { keys: [...(await keysAt(jwks_uri, kid))] };
  } catch {
    throw unapproved(
      'cannot be checked now, because the keys of its issuer cannot be fetched: try again in a minute',
    );
  }
}

/** A key that was published a moment ago is not known yet if somebody asked for another unknown key just before. */
const whyNot = (error: unknown): string =>
  error instanceof errors.JWKSNoMatchingKey
    ? 'is signed with a key that its issuer does not publish: if the key is new, try again in a minute'
    : 'is expired, or its issuer has not signed it';

/**
 * Outside of any transaction, because it may wait for the issuer's keys.
 *
 * @throws RegistrationError unless an issuer whom the plan trusts has signed the statement, and it is still good
 */
export async function verifyStatement(
  statement: string,
  { settings }: Pick<Tenant, 'settings'>,
  keysAt: KeysAt,
): Promise<SoftwareStatement> {
  const { issuer, kid } = headOf(statement);
  const trusted = settings.softwareStatements.find((each) => each.issuer === issuer);
  if (!trusted) throw unapproved('is of an issuer that this plan does not trust');
  const keys = createLocalJWKSet(await keysOf(trusted, kid, keysAt));
  try {
    const { payload } = await jwtVerify(statement, keys, { issuer: trusted.issuer, algorithms: ALGORITHMS });
    return { issuer: trusted.issuer, jwt: statement, claims: payload };
  } catch (error) {
    throw unapproved(whyNot(error));
  }
}

/**
 * Reads the metadata of an app that brings a statement. The app is verified with what the statement says.
 *
 * @throws RegistrationError
 */
export function statedMetadata(
  input: unknown,
  { claims: { software_statement: _, ...stated } }: SoftwareStatement,
  registrant: Registrant,
): ClientMetadata {
  const said = Object.entries(input as object).filter(([name]) => BESIDE.includes(name));
  const metadata = parseMetadata({ ...Object.fromEntries(said), ...stated }, registrant);
  if (metadata.publisher === undefined)
    throw invalidMetadata('publisher is needed in the software statement');
  if (metadata.client_name === undefined)
    throw invalidMetadata('client_name is needed in the software statement');
  return { ...metadata, verified: true, verified_domain: domainOf(metadata) };
}
