/** How the requests of the public host get into the trail, where no owner and not auth-service has answered. */
import { callerOfClaims, NO_PLAN } from '@patient-access/events';
import { BENEFIT_BALANCE, ERRORS_PATH, FHIR_PATH, FHIR_PATHS, planOf } from '@patient-access/fhir';
import { issuerPath } from '@patient-access/internal-api';
import { AttemptCounter, type AttemptRules } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { AuthClient } from '../auth-client/auth-client.ts';
import { ENTRANCES } from '../discovery/entrance.controller.ts';
import { FAVICON } from '../discovery/favicon.controller.ts';
import { SECURITY_TXT } from '../discovery/security-contact.controller.ts';
import type { TenantDirectory } from '../discovery/tenant-directory.ts';
import { PUBLICATION_BASES } from '../publications/publication.controller.ts';
import type { IntrospectedToken } from '../identity/introspected-token.ts';

const BASE = `/${FHIR_PATH}/:tenant`;
const PUBLISHED = 'is published for everybody, and says nothing about anybody';

/** Everything else comes from an owner or from auth-service, which have recorded it. */
const WITHOUT_EVENT: AttemptRules['withoutEvent'] = Object.fromEntries(
  [
    `${BASE}/metadata`,
    `${BASE}/${BENEFIT_BALANCE}`,
    `${BASE}/.well-known/smart-configuration`,
    `${BASE}/openapi.json`,
    `${BASE}/postman.json`,
    `/.well-known/oauth-authorization-server${issuerPath(':tenant')}`,
    `/.well-known/openid-configuration${issuerPath(':tenant')}`,
    `/${ERRORS_PATH}`,
    `/${SECURITY_TXT}`,
    `/${FAVICON}`,
    ...PUBLICATION_BASES.map((base) => `/${base}/metadata`),
    ...ENTRANCES,
  ].map((route) => [`GET ${route}`, PUBLISHED]),
);

const PLAN = new RegExp(
  `^/(?:${FHIR_PATHS.join('|')}|auth|audit|\\.well-known/[a-z-]+/auth)/([a-z0-9-]{1,63})(?=[/?]|$)`,
);

/** Whom the guard let in. A browser at the console that nobody is logged in at is no caller. */
const callerOf: AttemptRules['callerOf'] = (request) => {
  const { user } = request as FastifyRequest & { user?: Partial<IntrospectedToken> };
  if (user?.claims === undefined) return undefined;
  const { tenant } = user.claims;
  const plan = planOf(tenant);
  return { tenant: plan, caller: callerOfClaims(user.claims), ...(plan !== tenant && { isClaimed: true }) };
};

/** @param seconds after which auth-service gets what was counted */
export function gatewayAttempts(
  auth: AuthClient,
  tenants: TenantDirectory,
  seconds: number,
  onFailure: (error: unknown) => void,
): AttemptRules {
  return {
    counter: new AttemptCounter((reports) => auth.reportAttempts(reports), seconds, onFailure),
    withoutEvent: WITHOUT_EVENT,
    planOf(url) {
      const tenant = PLAN.exec(url)?.[1];
      return tenant !== undefined && tenants.isKnown(tenant) ? tenant : NO_PLAN;
    },
    addressOf: ({ ip }) => ip,
    callerOf,
  };
}
