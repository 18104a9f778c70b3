/** The schemas of bodies. FHIR resources are described by their profiles and not here. */

const string = (description: string) => ({ type: 'string', description });
const strings = (description: string) => ({ type: 'array', items: { type: 'string' }, description });

const Resource = {
  type: 'object',
  description: 'A FHIR R4 resource: https://hl7.org/fhir/R4/. Its profiles are in `meta.profile`.',
  required: ['resourceType'],
  properties: {
    resourceType: string('the type'),
    id: string('the logical id'),
    meta: {
      type: 'object',
      properties: {
        versionId: string('the version; compare it for equality only'),
        lastUpdated: { type: 'string', format: 'date-time' },
        profile: strings('canonical URLs of the profiles'),
      },
    },
  },
};

const Bundle = {
  type: 'object',
  required: ['resourceType', 'type'],
  properties: {
    resourceType: { const: 'Bundle' },
    type: { type: 'string', enum: ['searchset', 'history'] },
    total: { type: 'integer', description: 'all matches; only where `_total` asked for it' },
    link: {
      type: 'array',
      items: {
        type: 'object',
        required: ['relation', 'url'],
        properties: {
          relation: string('`self`, or `next`: the address of the next page'),
          url: { type: 'string', format: 'uri' },
        },
      },
    },
    entry: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          fullUrl: { type: 'string', format: 'uri' },
          resource: { $ref: '#/components/schemas/Resource' },
          search: {
            type: 'object',
            properties: { mode: { type: 'string', enum: ['match', 'include', 'outcome'] } },
          },
        },
      },
    },
  },
};

const OperationOutcome = {
  type: 'object',
  required: ['resourceType', 'issue'],
  properties: {
    resourceType: { const: 'OperationOutcome' },
    issue: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['severity', 'code'],
        properties: {
          severity: { type: 'string', enum: ['fatal', 'error', 'warning', 'information'] },
          code: string('a code of http://hl7.org/fhir/issue-type'),
          details: {
            type: 'object',
            description: 'the stable code of the error in `coding[0].code`, and its text',
          },
          diagnostics: string('what is wrong, the request id, and a link to the explanation'),
          expression: strings('the parameter at fault'),
        },
      },
    },
  },
};

const OAuthError = {
  type: 'object',
  required: ['error'],
  properties: {
    error: string('as RFC 6749 section 5.2 and its extensions define it'),
    error_description: string('what is wrong and what to do; for people'),
    error_uri: { type: 'string', format: 'uri', description: 'its fragment is the stable code' },
    request_id: string('the id of the request'),
  },
};

const TokenResponse = {
  type: 'object',
  required: ['access_token', 'token_type', 'expires_in', 'scope'],
  properties: {
    access_token: string('send it in the Authorization header'),
    token_type: { type: 'string', enum: ['Bearer', 'DPoP'] },
    expires_in: { type: 'integer', description: 'seconds' },
    scope: string('what was granted, which may be less than was asked for'),
    patient: string('the id of the member in context'),
    refresh_token: string('with `offline_access` or `online_access`; it works once'),
    id_token: string('with `openid`'),
    access_grant_expiration: { type: 'string', format: 'date-time', description: 'when the consent ends' },
  },
};

const ClientMetadata = {
  type: 'object',
  required: ['client_name', 'redirect_uris'],
  properties: {
    client_name: string('as members will see it'),
    redirect_uris: { type: 'array', minItems: 1, maxItems: 10, items: { type: 'string', format: 'uri' } },
    token_endpoint_auth_method: {
      type: 'string',
      enum: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      default: 'client_secret_basic',
    },
    grant_types: { type: 'array', items: { type: 'string', enum: ['authorization_code', 'refresh_token'] } },
    jwks: { type: 'object', description: 'public keys (RFC 7517)' },
    jwks_uri: { type: 'string', format: 'uri' },
    initiate_login_uri: { type: 'string', format: 'uri', description: 'the launch URL' },
    client_uri: { type: 'string', format: 'uri' },
    policy_uri: { type: 'string', format: 'uri' },
    tos_uri: { type: 'string', format: 'uri' },
    logo_uri: { type: 'string', format: 'uri' },
    contacts: { type: 'array', maxItems: 5, items: { type: 'string', format: 'email' } },
  },
};

/** `components.schemas` */
export const SCHEMAS = { Resource, Bundle, OperationOutcome, OAuthError, TokenResponse, ClientMetadata };
