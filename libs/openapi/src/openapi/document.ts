/** The OpenAPI document of a tenant's API (https://spec.openapis.org/oas/v3.1.1). */
import { guideNamesIn, type GuideSet, type PlanContact } from '@patient-access/fhir';
import { type ApiDescription, typesOffered } from '../api-description.ts';
import { DISCOVERY_PATHS } from './discovery-paths.ts';
import { FAILURES } from './failures.ts';
import { fhirPaths } from './fhir-paths.ts';
import { oauthPaths } from './oauth-paths.ts';
import { SCHEMAS } from './schemas.ts';
import { SHARED_PARAMETERS } from './search-parameters.ts';

const descriptionOf = (guides: GuideSet): string =>
  'Members of a health plan let apps of their choice read their claims, coverage and clinical data: FHIR R4, ' +
  `${guideNamesIn(guides).join(', ')} and SMART App Launch 2. Each access token opens the data of one member, as far ` +
  'as the member agreed to it. The API only reads.';

function contactOf({ name, website, developerContact }: PlanContact) {
  if (developerContact === undefined) return { name, ...(website !== undefined && { url: website }) };
  return URL.canParse(developerContact)
    ? { name, url: developerContact }
    : { name, email: developerContact, ...(website !== undefined && { url: website }) };
}

const HEADERS = {
  'X-Request-ID': {
    description: 'The id of the request, which is in the audit trail and in every error too.',
    schema: { type: 'string' },
  },
  ETag: { description: 'The version, for `If-None-Match`.', schema: { type: 'string' } },
  'Last-Modified': { description: 'When this version came into the API.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
  'RateLimit-Policy': {
    description:
      'How many requests (`q`) are allowed in `w` seconds, for each quota (draft-ietf-httpapi-ratelimit-headers-10).',
    schema: { type: 'string', examples: ['"grant";q=6000;w=60, "app";q=60000;w=60'] },
  },
  RateLimit: {
    description: 'How many requests (`r`) are left for `t` more seconds, for each quota.',
    schema: { type: 'string', examples: ['"grant";r=5931;t=17, "app";r=58204;t=42'] },
  },
};

function securitySchemes({ smart }: ApiDescription) {
  const { authorization_endpoint: authorizationUrl, token_endpoint: tokenUrl } = smart;
  const scopes = Object.fromEntries(
    smart.scopes_supported.map((scope) => [scope, 'see the guide for developers']),
  );
  return {
    smart: {
      type: 'oauth2',
      description:
        'SMART App Launch 2: the authorization code flow with PKCE (S256), also for confidential clients.',
      flows: { authorizationCode: { authorizationUrl, tokenUrl, refreshUrl: tokenUrl, scopes } },
    },
    registration: {
      type: 'http',
      scheme: 'bearer',
      description: 'The `registration_access_token` of the client (RFC 7592).',
    },
    initialAccess: {
      type: 'http',
      scheme: 'bearer',
      description: 'The initial access token that a plan gives to whoever may register there (RFC 7591).',
    },
    client: {
      type: 'http',
      scheme: 'basic',
      description:
        '`client_id` and `client_secret` of an app that is registered with `client_secret_basic`, as it is when it names no method.',
    },
  };
}

/**
 * @param api what the tenant offers
 * @returns the OpenAPI 3.1 document, to be sent as JSON
 */
export function openApiDocument(api: ApiDescription) {
  const types = typesOffered(api.smart);
  return {
    openapi: '3.1.1',
    info: {
      title: `Payer Patient Access API of ${api.plan.name}`,
      version: api.release.version,
      description: descriptionOf(api.plan.guides),
      contact: contactOf(api.plan),
    },
    externalDocs: { description: 'What each error means', url: api.errors },
    servers: [{ url: api.base, description: api.plan.name }],
    tags: [
      { name: 'Discovery', description: 'What a plan offers. Everybody may read it.' },
      { name: 'Registration', description: 'Apps register themselves.' },
      { name: 'Authorization', description: 'Members log in and agree; apps get tokens.' },
      ...types.map((name) => ({ name, description: `http://hl7.org/fhir/R4/${name.toLowerCase()}.html` })),
    ],
    security: [{ smart: [] }],
    paths: { ...DISCOVERY_PATHS, ...oauthPaths(api.smart), ...fhirPaths(types) },
    components: {
      schemas: SCHEMAS,
      parameters: SHARED_PARAMETERS,
      headers: HEADERS,
      responses: FAILURES,
      securitySchemes: securitySchemes(api),
    },
  };
}
