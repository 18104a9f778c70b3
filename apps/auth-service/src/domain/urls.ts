import { fhirBase } from '@patient-access/fhir';
import { issuerPath } from '@patient-access/internal-api';

/** The public addresses of a tenant. All come from PUBLIC_URL, none from what a request says about itself. */
export interface TenantUrls {
  /** issuer identifier (OpenID Connect Core section 2) */
  issuer: string;
  /** the FHIR base: `aud` of authorization requests and of access tokens */
  fhirBase: string;
  /** the page of connected apps: `management_endpoint` of SMART discovery */
  appsPage: string;
  /** where the browser comes back to after logging in for a page of ours */
  loggedIn: string;
}

/** Where the login and consent pages of an authorization request live. */
export const interactionPath = (tenant: string, uid: string): string => `/auth/${tenant}/interaction/${uid}`;

/** The User-access Brands Bundle of a tenant. */
export const brandsPath = (tenant: string): string => `/auth/${tenant}/brands`;
/** A page of a member's own, beyond any authorization request. */
export const memberPath = (tenant: string, page: string): string => `/auth/${tenant}/${page}`;

/** A member's receipt for one consent, as a page; the signed one is at the same path with `.jwt`. */
export const receiptPath = (tenant: string, grantId: string): string =>
  `${memberPath(tenant, 'apps')}/${grantId}/receipt`;

/** The audit console: audit-service's, behind the gateway. */
export const auditConsolePath = (tenant: string): string => `/audit/${tenant}/`;

/** Where a plan's SMART style document is; the name changes with its content. */
export const stylePath = (tenant: string, name: string): string => `/auth/${tenant}/smart-style/${name}`;

/** Where an interaction leaves for the plan's identity provider, and is taken up again: below its cookie's path. */
export const federationPath = (tenant: string, uid: string): string =>
  `${interactionPath(tenant, uid)}/federation`;

/** The one redirect URI that the plan's identity provider knows. */
export const federationCallbackPath = (tenant: string): string => `/auth/${tenant}/federation/callback`;

/** Where app developers make things go wrong for their own app, on preview tenants. */
export const sandboxPath = (tenant: string): string => `/auth/${tenant}/sandbox`;

/** Where a member sets up a second factor. */
export const securityPath = (tenant: string): string => `/auth/${tenant}/security`;
/** Under the issuer (RFC 7591); a client's own registration is at `/{client_id}` below it (RFC 7592). */
export const REGISTRATION_PATH = '/register';

export const STYLE_PATH = '/auth/style.css';

export function tenantUrls(publicUrl: string, tenant: string): TenantUrls {
  return {
    issuer: `${publicUrl}${issuerPath(tenant)}`,
    fhirBase: fhirBase(publicUrl, tenant),
    appsPage: `${publicUrl}${memberPath(tenant, 'apps')}`,
    loggedIn: `${publicUrl}${memberPath(tenant, 'logged-in')}`,
  };
}
