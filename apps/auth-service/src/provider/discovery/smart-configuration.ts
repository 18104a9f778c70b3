/** SMART discovery (SMART App Launch, "Conformance"): it lists only what this server supports. */
import { definitions, isReferenceData, servedTypes } from '@patient-access/fhir';
import { formatScope, PROOF_ALGORITHMS, resourceScopes } from '@patient-access/smart';
import { brandIdentifier } from '../../domain/brand/brand-bundle.ts';
import { ASSERTION_ALGORITHMS } from '../client-auth/keys.ts';
import { hasSandbox } from '../../domain/sandbox/sandbox-faults.ts';
import { brandsPath, sandboxPath } from '../../domain/urls.ts';
import { CLIENT_AUTH_METHODS } from '../../domain/clients/metadata.ts';
import type { SmartProvider } from '../smart-provider.ts';
import { IDENTITY_SCOPES, readable } from '../../domain/scopes/scopes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { REGISTRATION_PATH } from '../../domain/urls.ts';

const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-ehr-patient',
  'context-standalone-patient',
  'context-style',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
];

const OBSERVATION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const CONDITION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/condition-category';
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem';

/** The granular scopes that US Core requires, each as a type and a category ("SMART on FHIR Obligations"). */
const GRANULAR_OF_US_CORE: readonly (readonly [type: string, category: string])[] = [
  ['Condition', `${CONDITION_CATEGORY}|encounter-diagnosis`],
  ['Condition', `${CONDITION_CATEGORY}|problem-list-item`],
  ['Condition', `${US_CORE}/condition-category|health-concern`],
  ['Observation', `${OBSERVATION_CATEGORY}|laboratory`],
  ['Observation', `${OBSERVATION_CATEGORY}|social-history`],
  ['Observation', `${OBSERVATION_CATEGORY}|survey`],
  ['Observation', `${OBSERVATION_CATEGORY}|vital-signs`],
  ['Observation', `${US_CORE}/us-core-category|sdoh`],
];

/** Backend services can read reference data of the plan, and no member's data. */
const isReference = (type: string) => {
  const definition = definitions.get(type);
  return definition !== undefined && isReferenceData(definition);
};

/**
 * The scopes that can be granted. There are too many to list those with single letters, and all granular ones: of these it
 * has what US Core requires.
 *
 * @param types the resource types that the plan offers
 */
export function scopesSupported(types: readonly string[] = servedTypes): string[] {
  const granular = GRANULAR_OF_US_CORE.filter(([type]) => types.includes(type));
  const all = ['patient', 'user'].flatMap((context) => [
    ...['*', ...types].map((type) => `${context}/${type}.read ${context}/${type}.rs`),
    ...granular.map(([type, category]) => `${context}/${type}.rs?category=${category}`),
  ]);
  const system = types.filter(isReference).map((type) => `system/${type}.rs`);
  const resources = resourceScopes(all.join(' ')).flatMap((scope) => readable(scope) ?? []);
  return [...IDENTITY_SCOPES, ...resources.map(formatScope), ...system];
}

/**
 * User-access brands: an app that lets people choose their plan finds this plan by them (checklist items 20 and 106).
 */
function brandMembers({ id, issuer, settings: { brand } }: Tenant) {
  if (!brand) return {};
  return {
    user_access_brand_bundle: new URL(brandsPath(id), issuer).href,
    user_access_brand_identifier: brandIdentifier(brand),
  };
}

/** Both discovery documents name the registration endpoint only if clients may register. */
export const registrationEndpoint = ({ issuer, registration }: Tenant) =>
  registration === 'closed' ? {} : { registration_endpoint: `${issuer}${REGISTRATION_PATH}` };

/** The document at `{fhirBase}/.well-known/smart-configuration`. */
export function smartConfiguration(tenant: Tenant, provider: SmartProvider) {
  const url = (route: string) => provider.urlFor(route);
  return {
    issuer: tenant.issuer,
    jwks_uri: url('jwks'),
    authorization_endpoint: url('authorization'),
    pushed_authorization_request_endpoint: url('pushed_authorization_request'),
    token_endpoint: url('token'),
    token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS.filter((method) => method !== 'none'),
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    ...registrationEndpoint(tenant),
    scopes_supported: scopesSupported(tenant.settings.types),
    response_types_supported: ['code'],
    introspection_endpoint: url('introspection'),
    revocation_endpoint: url('revocation'),
    userinfo_endpoint: url('userinfo'),
    management_endpoint: tenant.appsPage,
    code_challenge_methods_supported: ['S256'],
    capabilities: CAPABILITIES,
    ...(hasSandbox(tenant) && { sandbox_endpoint: new URL(sandboxPath(tenant.id), tenant.issuer).href }),
    ...brandMembers(tenant),
  };
}
