/**
 * What a good answer (2xx) of each route leaves in the audit trail. A handler that changes something records that itself. The
 * lists here are for the other routes: those that only show something, and those whose answers say nothing about anybody. A
 * route that records nothing and is in no list is answered with 500 (libs/platform, attempts).
 */
import {
  AUDITOR_SESSION_PATH,
  INTROSPECTION_PATH,
  ATTEMPTS_PATH,
  ORIGINS_PATH,
  PLAN_PATH,
  PROOF_USES_PATH,
  PUBLICATION_PATH,
  RENEWALS_PATH,
  REVOCATIONS_PATH,
  SMART_CONFIGURATION_PATH,
} from '@patient-access/internal-api';
import {
  backChannelLogoutPath,
  brandsPath,
  callsPath,
  cardFilePath,
  cardPath,
  developerPath,
  INSTALLATION_BRANDS_PATH,
  federationCallbackPath,
  federationPath,
  interactionPath,
  logOutAtPlanPath,
  logoPath,
  memberHelpPath,
  memberPath,
  ownLogoPath,
  passwordPath,
  receiptCheckPath,
  receiptKeysPath,
  recoveryPath,
  returnPath,
  scimPath,
  scorecardPath,
  secondStepPath,
  securityPath,
  STYLE_PATH,
  stylePath,
  testLoginPath,
  unreadPath,
} from '../../domain/urls.ts';

const TENANT = ':tenant';
const ADMIN = '/internal/admin/:tenant';

/** What the person at the browser, or the caller of the endpoint, reads: the action of an event `account`. */
const READS: Readonly<Record<string, string>> = {
  [memberPath(TENANT, 'apps')]: 'read-apps',
  [`${memberPath(TENANT, 'apps')}/:grant`]: 'read-app',
  [cardPath(TENANT)]: 'read-card',
  [cardFilePath(TENANT, ':coverage')]: 'download-card',
  [memberPath(TENANT, 'access')]: 'read-accesses',
  [memberPath(TENANT, 'console')]: 'open-console',
  [memberPath(TENANT, 'email')]: 'read-email',
  [`${memberPath(TENANT, 'email')}/:token`]: 'confirm-email',
  [securityPath(TENANT)]: 'read-security',
  [passwordPath(TENANT)]: 'open-password',
  [secondStepPath(TENANT)]: 'read-second-step',
  [developerPath(TENANT)]: 'list-own-apps',
  [callsPath(TENANT)]: 'read-own-calls',
  [unreadPath(TENANT)]: 'read-own-unread',
  [developerPath(TENANT, 'calls')]: 'read-own-calls',
  [developerPath(TENANT, 'new')]: 'open-registration',
  [developerPath(TENANT, 'apps/:client')]: 'read-own-app',
  [developerPath(TENANT, 'apply')]: 'open-application',
  [developerPath(TENANT, 'apps/:client/change')]: 'open-application',
  [developerPath(TENANT, 'applications/:application')]: 'read-own-application',
  [ADMIN]: 'read-plan',
  [ownLogoPath(TENANT, ':digest')]: 'read-own-logo',
  [`${ADMIN}/applications`]: 'list-applications',
  [`${ADMIN}/applications/:application`]: 'read-application',
  [`${ADMIN}/applications/:application/logo`]: 'read-application-logo',
  [`${ADMIN}/clients`]: 'list-clients',
  [`${ADMIN}/clients/:client`]: 'read-client',
  [`${ADMIN}/freshness`]: 'read-freshness',
  [`${ADMIN}/registration-tokens`]: 'list-registration-tokens',
  [`${ADMIN}/scorecard`]: 'read-scorecard',
  [`${scimPath(TENANT)}/ServiceProviderConfig`]: 'read-scim-configuration',
  [`${scimPath(TENANT)}/ResourceTypes`]: 'read-scim-configuration',
  [`${scimPath(TENANT)}/ResourceTypes/:name`]: 'read-scim-configuration',
  [`${scimPath(TENANT)}/Schemas`]: 'read-scim-configuration',
  [`${scimPath(TENANT)}/Schemas/:id`]: 'read-scim-configuration',
  [`${scimPath(TENANT)}/Users`]: 'list-people',
  [`${scimPath(TENANT)}/Users/:id`]: 'read-person',
  [`/auth/:tenant/oauth2/v1/register/:client`]: 'read-registration',
};

/** The action for an administrator's request that changed nothing, because all was so already: it is no act, but a request. */
const NOTHING_CHANGED = 'change-nothing';

/** @returns the action of the event; undefined for a route that shows nobody's data */
export const readAt = (route: string): string | undefined =>
  READS[route] ?? (route.startsWith(`${ADMIN}/`) ? NOTHING_CHANGED : undefined);

const APPS = 'is about apps and those who make them, who are no members';
const PLAN = 'is about the plan';
const NAMED = 'the event of the act names the person, and the answer tells of nobody else';

/**
 * By method and route, with the reason: answers of the administration that need not name the persons of whom they tell
 * (`Told`). Any other answer with a body that does not name them is withheld. So a new route is withheld until it names them or
 * has a row here.
 */
export const OF_NOBODY_ELSE: Readonly<Record<string, string>> = {
  [`GET ${ADMIN}`]: PLAN,
  [`PUT ${ADMIN}`]: PLAN,
  [`DELETE ${ADMIN}`]: 'counts what is gone',
  [`PUT ${ADMIN}/settings`]: PLAN,
  [`PATCH ${ADMIN}/settings`]: PLAN,
  [`GET ${ADMIN}/export`]: 'is about all persons of the plan; its event `tenant-export` says so',
  [`GET ${ADMIN}/freshness`]: PLAN,
  [`GET ${ADMIN}/scorecard`]: 'adds up requests of apps',
  [`POST ${ADMIN}/test-logins`]: 'an address for a login that has not been yet',
  [`POST ${ADMIN}/people/end`]: NAMED,
  [`PUT ${ADMIN}/logins/:login/relations/:patient`]: NAMED,
  [`GET ${ADMIN}/applications`]: APPS,
  [`GET ${ADMIN}/applications/:application`]: APPS,
  [`GET ${ADMIN}/applications/:application/logo`]: APPS,
  [`POST ${ADMIN}/applications/:application/ask-back`]: APPS,
  [`POST ${ADMIN}/applications/:application/reject`]: APPS,
  [`POST ${ADMIN}/applications/:application/approve`]: APPS,
  [`GET ${ADMIN}/clients`]: APPS,
  [`POST ${ADMIN}/clients`]: APPS,
  [`GET ${ADMIN}/clients/:client`]: APPS,
  [`PATCH ${ADMIN}/clients/:client`]: APPS,
  [`POST ${ADMIN}/clients/:client/ban`]: APPS,
  [`POST ${ADMIN}/clients/:client/unban`]: APPS,
  [`POST ${ADMIN}/clients/:client/verify`]: APPS,
  [`POST ${ADMIN}/clients/:client/rotate-secret`]: APPS,
  [`GET ${ADMIN}/registration-tokens`]: APPS,
  [`POST ${ADMIN}/registration-tokens`]: APPS,
};

const isOfAdministration = (route: string): boolean => route === ADMIN || route.startsWith(`${ADMIN}/`);

/** @returns false for an answer that has to say of whom it tells */
export const maySayNobody = (method: string, route: string): boolean =>
  !isOfAdministration(route) || `${method === 'HEAD' ? 'GET' : method} ${route}` in OF_NOBODY_ELSE;

const LOGIN = 'a page within a login; what is entered there leaves its own events';
const PUBLISHED = 'is published for everybody, and says nothing about anybody';
const GATEWAY = 'an answer to the gateway, which accounts for the request that it asks about';

/** By method and route; the reason why. */
export const WITHOUT_EVENT: Readonly<Record<string, string>> = {
  [`GET ${interactionPath(TENANT, ':uid')}`]: LOGIN,
  [`POST ${interactionPath(TENANT, ':uid')}`]: LOGIN,
  [`GET ${federationPath(TENANT, ':uid')}`]: LOGIN,
  [`GET ${testLoginPath(TENANT, ':token')}`]:
    'a page for staff; opening the test and its result leave events',
  [`GET ${recoveryPath(TENANT)}`]: 'an empty form',
  [`POST ${recoveryPath(TENANT)}`]: 'says the same to everybody; the mail leaves its own event',
  [`GET ${recoveryPath(TENANT)}/:token`]: 'a form; the new password leaves its own event',
  [`POST ${backChannelLogoutPath(TENANT)}`]:
    'the end of a session leaves its event; a person who is unknown here has nothing',
  [`POST ${returnPath(TENANT)}`]: 'a redirection',
  [`GET ${memberPath(TENANT, 'logged-out')}`]: 'a page that is the same for everybody',
  [`GET ${memberHelpPath(TENANT)}`]: 'a page that is the same for everybody',
  [`GET ${developerPath(TENANT, 'login')}`]: 'an empty form',
  [`GET ${developerPath(TENANT, 'join')}`]: 'an empty form',
  [`POST ${developerPath(TENANT, 'join')}`]: 'says the same to everybody; the mail leaves its own event',
  [`GET ${developerPath(TENANT, 'join/:token')}`]: 'a form; the new password leaves its own event',
  [`GET ${INSTALLATION_BRANDS_PATH}`]: PUBLISHED,
  [`OPTIONS ${INSTALLATION_BRANDS_PATH}`]: PUBLISHED,
  [`GET ${brandsPath(TENANT)}`]: PUBLISHED,
  [`GET ${scorecardPath(TENANT)}`]: PUBLISHED,
  [`OPTIONS ${brandsPath(TENANT)}`]: PUBLISHED,
  [`GET ${receiptCheckPath(TENANT)}`]: 'an empty form',
  [`GET ${receiptKeysPath(TENANT)}`]: PUBLISHED,
  [`GET ${stylePath(TENANT, ':name')}`]: PUBLISHED,
  [`GET ${logoPath(TENANT, ':digest')}`]: PUBLISHED,
  [`GET ${STYLE_PATH}`]: PUBLISHED,
  [`GET ${SMART_CONFIGURATION_PATH}`]: PUBLISHED,
  [`GET ${PLAN_PATH}`]: GATEWAY,
  [`GET ${PUBLICATION_PATH}`]: GATEWAY,
  [`POST ${INTROSPECTION_PATH}`]: GATEWAY,
  [`POST ${RENEWALS_PATH}`]: GATEWAY,
  [`GET ${AUDITOR_SESSION_PATH}`]: GATEWAY,
  [`POST ${PROOF_USES_PATH}`]: GATEWAY,
  [`GET ${ORIGINS_PATH}`]: GATEWAY,
  [`GET ${REVOCATIONS_PATH}`]: GATEWAY,
  [`POST ${ATTEMPTS_PATH}`]: GATEWAY,
  'GET /internal/admin/not-before': 'an empty form',
};

/** By method and route: redirections that are neither an act nor a refusal; the reason why. */
export const LEADS_ON: Readonly<Record<string, string>> = {
  [`GET ${memberPath(TENANT, 'logged-in')}`]: 'the way back from a login, which has left its event',
  [`POST ${memberPath(TENANT, 'log-out')}`]: 'ends the session of this browser, and gives nothing',
  [`POST ${developerPath(TENANT, 'logout')}`]: 'ends the session of this browser, and gives nothing',
  [`GET ${logOutAtPlanPath(TENANT)}`]: 'the way to the log-out of the plan’s identity provider',
  [`GET ${federationCallbackPath(TENANT)}`]:
    'the way to the login that it belongs to, which leaves its event',
  [`POST ${secondStepPath(TENANT)}`]: 'acts leave their events; a right code leads on to the next form',
};
