import { fhirBase } from '@patient-access/fhir';
import { issuerPath } from '@patient-access/internal-api';

/** The public addresses of a tenant. All of them come from PUBLIC_URL, and none from a request. */
export interface TenantUrls {
  /** issuer identifier (OpenID Connect Core section 2) */
  issuer: string;
  /** the FHIR base: `aud` of authorization requests and of access tokens */
  fhirBase: string;
  /** the page of connected apps: `management_endpoint` of SMART discovery */
  appsPage: string;
  /** where anybody can check a receipt */
  receiptCheck: string;
  /** the address to which the browser returns after logging in for one of our own pages */
  loggedIn: string;
}

/** The path of the login and consent pages of an authorization request. */
export const interactionPath = (tenant: string, uid: string): string => `/auth/${tenant}/interaction/${uid}`;

/** The User-access Brands Bundle of all plans of this installation that want to be listed. */
export const INSTALLATION_BRANDS_PATH = '/auth/brands';
/** The User-access Brands Bundle of a tenant. */
export const brandsPath = (tenant: string): string => `/auth/${tenant}/brands`;
/** The path of a member's own page, outside any authorization request. */
export const memberPath = (tenant: string, page: string): string => `/auth/${tenant}/${page}`;

/** The page with a member's insurance cards. */
export const cardPath = (tenant: string): string => memberPath(tenant, 'card');
/** One card to keep or print. */
export const cardFilePath = (tenant: string, coverage: string): string =>
  `${cardPath(tenant)}/${coverage}.pdf`;

/** The page with the cards of one person. @param more what the page is to say */
export const cardOfPerson = (
  tenant: string,
  person: string,
  more: { ended?: string; problem?: string } = {},
): string => `${cardPath(tenant)}?${new URLSearchParams({ person, ...more })}`;

/** Where a member makes links to a card; one of them is ended below it. */
export const cardLinksPath = (tenant: string): string => `${cardPath(tenant)}/links`;
/** What a link to a card leads to, without a login. */
export const cardLinkPath = (tenant: string, token: string): string =>
  `${memberPath(tenant, 'card-link')}/${token}`;

/**
 * What a QR code of a card holds: the link, behind the address of the viewer where there is one (SMART Health Links,
 * "Viewer URL Prefix"). What stands behind `#` reaches no server.
 *
 * @param shlink `shlink:/…`
 * @param viewerUrl scheme and host
 */
export const scannedCardLink = (shlink: string, viewerUrl: string | undefined): string =>
  viewerUrl === undefined ? shlink : `${viewerUrl}/card#${shlink}`;

/** Where a plan tells its members about apps. */
export const memberHelpPath = (tenant: string): string => memberPath(tenant, 'help');

/**
 * The path of a member's receipt for one consent, as a page. The file to keep is at the same path with `.html`, the signed
 * code alone with `.jwt`.
 */
export const receiptPath = (tenant: string, grantId: string): string =>
  `${memberPath(tenant, 'apps')}/${grantId}/receipt`;

/** The page where anybody can check a receipt. */
export const receiptCheckPath = (tenant: string): string => `/auth/${tenant}/receipt-check`;
/** The keys with which receipts are signed (RFC 7517). */
export const receiptKeysPath = (tenant: string): string => `/auth/${tenant}/receipt-keys`;

/** The path of the audit console, which audit-service serves through the gateway. */
export const auditConsolePath = (tenant: string): string => `/audit/${tenant}/`;

/** The path of a plan's SMART style document, whose name changes with its content. */
export const stylePath = (tenant: string, name: string): string => `/auth/${tenant}/smart-style/${name}`;

/**
 * The path at which an interaction leaves for the plan's identity provider and returns. It is below the path of the
 * interaction's cookie.
 */
export const federationPath = (tenant: string, uid: string): string =>
  `${interactionPath(tenant, uid)}/federation`;

/** Says there which of the plan's `choices` the member took. */
export const CHOICE_PARAMETER = 'choice';

/** The only redirect URI that the plan's identity provider knows. */
export const federationCallbackPath = (tenant: string): string => `/auth/${tenant}/federation/callback`;

/** Where staff test the login at the identity provider; the browser returns to the path without the token. */
export const testLoginPath = (tenant: string, token?: string): string =>
  `/auth/${tenant}/federation/test${token === undefined ? '' : `/${token}`}`;

/** The logo of an app, for the pages of members. The digest names the bytes. */
export const logoPath = (tenant: string, digest: string): string => `/auth/${tenant}/logos/${digest}`;

/** Where the plan's identity provider says that somebody has logged out there (Back-Channel Logout 1.0). */
export const backChannelLogoutPath = (tenant: string): string =>
  `/auth/${tenant}/federation/back-channel-logout`;
/** From here the browser goes to the log-out of the plan's identity provider. */
export const logOutAtPlanPath = (tenant: string): string => `/auth/${tenant}/federation/log-out`;
/** Where the plan's identity provider says who is still active (SCIM 2.0). */
export const scimPath = (tenant: string): string => `/auth/${tenant}/scim/v2`;

/** The path at which app developers set faults for their own app, on preview tenants. */
export const sandboxPath = (tenant: string): string => `/auth/${tenant}/sandbox`;

/** Where an app asks what became of its own calls. */
export const callsPath = (tenant: string): string => `/auth/${tenant}/calls`;

/** Where an app asks what it may read and does not. */
export const unreadPath = (tenant: string): string => `/auth/${tenant}/unread`;

/** What a plan publishes about how apps get on with it. */
export const scorecardPath = (tenant: string): string => `/auth/${tenant}/scorecard`;

/** Where a member sees what protects her login, and where she is logged in. */
export const securityPath = (tenant: string): string => `/auth/${tenant}/security`;
/** Where a member changes her password. */
export const passwordPath = (tenant: string): string => `${securityPath(tenant)}/password`;
/** Where a member turns the second factor on and off, and replaces it. */
export const secondStepPath = (tenant: string): string => `${securityPath(tenant)}/second-step`;

/** Where a member asks for a new password; the link that she gets has a token below it. */
export const recoveryPath = (tenant: string): string => `/auth/${tenant}/recovery`;
/** Where a person sends an error to an app that the plan has not checked. */
export const returnPath = (tenant: string): string => `/auth/${tenant}/return-to-app`;

/**
 * The path of a page for developers with an account. These pages are on the origin of the developer site, which passes
 * this path on, and never on the public host (ADR 79).
 */
export const developerPath = (tenant: string, page = ''): string =>
  `/account/${tenant}${page === '' ? '' : `/${page}`}`;

/** The same picture for the developer who sent it, on the origin of the developer site. */
export const ownLogoPath = (tenant: string, digest: string): string =>
  developerPath(tenant, `logos/${digest}`);

/** The path below the issuer (RFC 7591). A client's own registration is at `/{client_id}` below it (RFC 7592). */
export const REGISTRATION_PATH = '/register';

export const STYLE_PATH = '/auth/style.css';

export function tenantUrls(publicUrl: string, tenant: string): TenantUrls {
  return {
    issuer: `${publicUrl}${issuerPath(tenant)}`,
    fhirBase: fhirBase(publicUrl, tenant),
    appsPage: `${publicUrl}${memberPath(tenant, 'apps')}`,
    receiptCheck: `${publicUrl}${receiptCheckPath(tenant)}`,
    loggedIn: `${publicUrl}${memberPath(tenant, 'logged-in')}`,
  };
}
