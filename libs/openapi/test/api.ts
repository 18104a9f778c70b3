import { definitions, servedTypes } from '@patient-access/fhir';
import type { ApiDescription } from '../src/index.ts';

const ISSUER = 'https://plan.example/auth/northwind/oauth2/v1';

const scopeOf = (type: string) =>
  `patient/${type}.${definitions.get(type)?.interactions.includes('search-type') ? 'rs' : 'r'}`;

/** A plan that offers everything. */
export const API: ApiDescription = {
  base: 'https://plan.example/payer/patient-access/v2/northwind',
  plan: { name: 'Northwind Health', developerContact: 'api@northwind.example', guides: '2023' },
  release: { version: '1.2.3', date: '2026-11-26' },
  errors: 'https://plan.example/docs/errors',
  smart: {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    pushed_authorization_request_endpoint: `${ISSUER}/par`,
    token_endpoint: `${ISSUER}/token`,
    revocation_endpoint: `${ISSUER}/revoke`,
    introspection_endpoint: `${ISSUER}/introspect`,
    userinfo_endpoint: `${ISSUER}/userinfo`,
    jwks_uri: `${ISSUER}/keys`,
    registration_endpoint: `${ISSUER}/register`,
    sandbox_endpoint: 'https://plan.example/auth/northwind/sandbox',
    scopes_supported: ['openid', ...servedTypes.map(scopeOf)],
  },
};
