/** The schemas of bodies. FHIR resources are described by their profiles and not here. */

/** Answers have more members than a schema says, and new ones may come. Some generators refuse what is not said so. */
const OPEN = { additionalProperties: true };

const string = (description: string) => ({ type: 'string', description });
const strings = (description: string) => ({ type: 'array', items: { type: 'string' }, description });

const Resource = {
  type: 'object',
  ...OPEN,
  description: 'A FHIR R4 resource: https://hl7.org/fhir/R4/. Its profiles are in `meta.profile`.',
  required: ['resourceType'],
  properties: {
    resourceType: string('the type'),
    id: string('the logical id'),
    meta: {
      type: 'object',
      ...OPEN,
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
  ...OPEN,
  required: ['resourceType', 'type'],
  properties: {
    resourceType: { const: 'Bundle' },
    id: string('of this answer'),
    meta: {
      type: 'object',
      ...OPEN,
      properties: {
        lastUpdated: {
          type: 'string',
          format: 'date-time',
          description: 'when the plan’s system wrote the latest file from which such resources were loaded',
        },
      },
    },
    type: { type: 'string', enum: ['searchset', 'history'] },
    total: {
      type: 'integer',
      description:
        'all matches, or all versions; only where `_total`, `_summary=count` or `_count=0` asked for it',
    },
    link: {
      type: 'array',
      items: {
        type: 'object',
        ...OPEN,
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
        ...OPEN,
        properties: {
          fullUrl: { type: 'string', format: 'uri' },
          resource: { $ref: '#/components/schemas/Resource' },
          search: {
            type: 'object',
            ...OPEN,
            properties: { mode: { type: 'string', enum: ['match', 'include', 'outcome'] } },
          },
          request: {
            type: 'object',
            ...OPEN,
            description: 'of a history',
            properties: { method: { type: 'string', enum: ['PUT', 'DELETE'] }, url: string('`Type/id`') },
          },
          response: {
            type: 'object',
            ...OPEN,
            description: 'of a history',
            properties: {
              status: string('an HTTP status'),
              etag: string('the version'),
              lastModified: { type: 'string', format: 'date-time' },
            },
          },
        },
      },
    },
  },
};

const OperationOutcome = {
  type: 'object',
  ...OPEN,
  required: ['resourceType', 'issue'],
  properties: {
    resourceType: { const: 'OperationOutcome' },
    issue: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        ...OPEN,
        required: ['severity', 'code'],
        properties: {
          severity: { type: 'string', enum: ['fatal', 'error', 'warning', 'information'] },
          code: string('a code of http://hl7.org/fhir/issue-type'),
          details: {
            type: 'object',
            ...OPEN,
            description: 'the stable code of the error in `coding[0].code`, and its text',
          },
          diagnostics: string('what is wrong, the request id, and a link to the explanation'),
          expression: strings('the parameter at fault'),
        },
      },
    },
  },
};

const Parameters = {
  type: 'object',
  ...OPEN,
  required: ['resourceType'],
  properties: {
    resourceType: { const: 'Parameters' },
    parameter: {
      type: 'array',
      items: {
        type: 'object',
        ...OPEN,
        description: 'with a value, such as `valueInstant` or `valueCode`',
        required: ['name'],
        properties: { name: string('of the parameter') },
      },
    },
  },
};

const OAuthError = {
  type: 'object',
  ...OPEN,
  required: ['error'],
  properties: {
    error: string('as RFC 6749 section 5.2 and its extensions define it'),
    error_description: string('what is wrong and what to do; for people'),
    error_uri: { type: 'string', format: 'uri', description: 'its fragment is the stable code' },
    request_id: string('the id of the request'),
  },
};

const ScopesNotGranted = {
  type: 'array',
  description: 'what was asked for and not granted; absent if nothing was',
  items: {
    type: 'object',
    ...OPEN,
    required: ['scope', 'reason', 'text'],
    properties: {
      scope: string('as the app wrote it'),
      reason: string('`unknown`, `not-offered`, `by-name-only`, `not-agreed` or `not-for-this-app`'),
      text: string('what to do; for people'),
    },
  },
};

const TokenResponse = {
  type: 'object',
  ...OPEN,
  required: ['access_token', 'token_type', 'expires_in', 'scope'],
  properties: {
    access_token: string('send it in the Authorization header'),
    token_type: { type: 'string', enum: ['Bearer', 'DPoP'] },
    expires_in: { type: 'integer', description: 'seconds' },
    scope: string('what was granted, which may be less than was asked for'),
    scope_not_granted: ScopesNotGranted,
    patient: string('the id of the member in context'),
    need_patient_banner: { type: 'boolean', description: 'does the app have to show whose data it is?' },
    tenant: string('the plan, with `patient`'),
    fhirContext: {
      type: 'array',
      description: 'from a portal: what the member was looking at; texts after `"fhir_context_form": "2.0"`',
      items: {},
    },
    intent: string('from a portal'),
    smart_style_url: string('from a portal'),
    refresh_token: string('with `offline_access` or `online_access`; it works once'),
    id_token: string('with `openid`'),
    access_grant_expiration: { type: 'string', format: 'date-time', description: 'when the consent ends' },
    part2_notice: string('with records under 42 CFR Part 2'),
  },
};

const PushedRequest = {
  type: 'object',
  ...OPEN,
  required: ['request_uri', 'expires_in'],
  properties: {
    request_uri: string('send the browser to the authorization endpoint with it and `client_id`, once'),
    expires_in: { type: 'integer', description: 'seconds' },
    scope_not_granted: ScopesNotGranted,
  },
};

const metadata = {
  client_name: string('as members will see it'),
  publisher: string('who makes the app'),
  redirect_uris: { type: 'array', minItems: 1, maxItems: 10, items: { type: 'string', format: 'uri' } },
  token_endpoint_auth_method: {
    type: 'string',
    enum: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    default: 'client_secret_basic',
  },
  grant_types: { type: 'array', items: { type: 'string', enum: ['authorization_code', 'refresh_token'] } },
  jwks: { type: 'object', ...OPEN, description: 'public keys (RFC 7517)' },
  jwks_uri: { type: 'string', format: 'uri' },
  initiate_login_uri: { type: 'string', format: 'uri', description: 'the launch URL' },
  client_uri: { type: 'string', format: 'uri' },
  policy_uri: { type: 'string', format: 'uri' },
  tos_uri: { type: 'string', format: 'uri' },
  logo_uri: { type: 'string', format: 'uri' },
  contacts: { type: 'array', maxItems: 5, items: { type: 'string', format: 'email' } },
  require_pushed_authorization_requests: { type: 'boolean' },
  dpop_bound_access_tokens: { type: 'boolean' },
  default_max_age: { type: 'integer', minimum: 0, description: 'seconds (OpenID Connect)' },
  require_auth_time: { type: 'boolean', description: 'as in OpenID Connect' },
  carries_redisclosure_limits: {
    type: 'boolean',
    description: 'the app keeps a notice against redisclosure, and its limits, with the records',
  },
  fhir_context_form: { type: 'string', enum: ['2.0', '2.1'], description: 'of `fhirContext`' },
};

const ClientMetadata = {
  type: 'object',
  ...OPEN,
  required: ['client_name', 'redirect_uris'],
  properties: {
    ...metadata,
    software_statement: string('a JWT of an issuer that the plan trusts (RFC 7591 section 2.3)'),
  },
};

const client_id = string('send it with each authorization request');

/** All of a registration. What RFC 7592 section 2.2 keeps out of it is not named. */
const ClientUpdate = {
  type: 'object',
  ...OPEN,
  required: ['client_id', 'client_name', 'redirect_uris'],
  properties: { client_id, ...metadata },
};

const ClientInformation = {
  type: 'object',
  ...OPEN,
  required: ['client_id', 'redirect_uris', 'registration_client_uri'],
  properties: {
    client_id,
    client_id_issued_at: { type: 'integer', description: 'seconds since 1970' },
    client_secret: string('of an app that has one; it is shown once'),
    client_secret_expires_at: { type: 'integer', description: '0: never' },
    registration_access_token: string('for the address below; keep that of the newest answer'),
    registration_client_uri: {
      type: 'string',
      format: 'uri',
      description: 'the registration itself (RFC 7592)',
    },
    software_statement: string('as it was sent, in the answer to the registration alone'),
    ...metadata,
  },
};

/** `components.schemas` */
export const SCHEMAS = {
  Resource,
  Bundle,
  OperationOutcome,
  Parameters,
  OAuthError,
  TokenResponse,
  PushedRequest,
  ClientMetadata,
  ClientUpdate,
  ClientInformation,
};
