/** Software statements (RFC 7591 section 2.3): somebody whom the plan trusts says what an app is. */
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { type ClientMetadata, parseMetadata, type Registrant } from '../clients/metadata.ts';
import { invalidMetadata, RegistrationError } from '../clients/registration-error.ts';
import { domainOf } from '../clients/verified-domain.ts';
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

const unapproved = (why: string): RegistrationError =>
  new RegistrationError(400, 'unapproved_software_statement', `software_statement ${why}`);

/** @returns the statement of a registration, if there is one */
export function statementIn(input: unknown): string | undefined {
  const { software_statement: statement } = (input ?? {}) as { software_statement?: unknown };
  if (statement === undefined || statement === null) return undefined;
  if (typeof statement !== 'string' || statement.length > MAX_CHARACTERS) throw unapproved('must be a JWT');
  return statement;
}

function issuerOf(statement: string): string | undefined {
  try {
    return decodeJwt(statement).iss;
  } catch {
    throw unapproved('must be a JWT');
  }
}

/** @throws RegistrationError unless an issuer whom the plan trusts has signed the statement, and it is still good */
async function verified(statement: string, { settings }: Pick<Tenant, 'settings'>): Promise<JWTPayload> {
  const issuer = issuerOf(statement);
  const trusted = settings.softwareStatements.find((each) => each.issuer === issuer);
  if (!trusted) throw unapproved('is of an issuer that this plan does not trust');
  const keys = createLocalJWKSet(trusted.jwks as unknown as JSONWebKeySet);
  try {
    const { payload } = await jwtVerify(statement, keys, { issuer: trusted.issuer, algorithms: ALGORITHMS });
    return payload;
  } catch {
    throw unapproved('is expired, or its issuer has not signed it');
  }
}

/**
 * Reads the metadata of an app that brings a statement. The app is verified with what the statement says.
 *
 * @throws RegistrationError
 */
export async function statedMetadata(
  input: unknown,
  statement: string,
  registrant: Registrant & { tenant: Pick<Tenant, 'settings'> },
): Promise<{ metadata: ClientMetadata; issuer: string }> {
  const { iss = '', ...stated } = await verified(statement, registrant.tenant);
  const said = Object.entries(input as object).filter(([name]) => BESIDE.includes(name));
  const { software_statement: _, ...claims } = stated;
  const metadata = parseMetadata({ ...Object.fromEntries(said), ...claims }, registrant);
  if (metadata.publisher === undefined)
    throw invalidMetadata('publisher is needed in the software statement');
  if (metadata.client_name === undefined)
    throw invalidMetadata('client_name is needed in the software statement');
  return { metadata: { ...metadata, verified: true, verified_domain: domainOf(metadata) }, issuer: iss };
}
