/**
 * `aud`: the FHIR server that the app will call. It must be the server of this tenant (SMART App Launch; case O35).
 */
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import type { Launches } from '../../domain/launch/launches.ts';
import { launchParameter } from './launch-parameter.ts';
import { responseModeParameter } from './response-mode.ts';
import { backendServiceScope, isClientCredentialsRequest } from '../tokens/backend-services.ts';
import { isPushedRequest } from './pushed-request.ts';
import { addRequestedScopeToGrant } from '../refresh/refresh-scope.ts';
import { APPROVED_SCOPE } from '../../domain/clients/metadata.ts';
import { withinApproval } from '../../domain/scopes/approved-scope.ts';
import { acceptScope } from '../../domain/scopes/scopes.ts';
import { refuseScopes } from './scopes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

type Parameters = Record<string, string | undefined>;

const parametersOf = (ctx: KoaContextWithOIDC): Parameters => ctx.oidc.params as Parameters;

const acceptedScope = (ctx: KoaContextWithOIDC): string =>
  refuseScopes(() => {
    const { client } = ctx.oidc;
    const accepted = acceptScope(parametersOf(ctx)['scope'], client?.grantTypeAllowed('refresh_token'));
    return withinApproval(accepted, client?.[APPROVED_SCOPE]);
  });

const wrongAudience = () => new errors.InvalidRequest('aud must be the FHIR base URL of this server');

/** @param name the parameter that is wrong: `aud` or `resource` */
export const mustBeFhirBase = (name: string, { fhirBase }: Tenant): string =>
  `${name} must be the FHIR base. Expected: ${fhirBase}.`;

/** A slash at the end makes no difference. Any other spelling means another server (RFC 3986 section 6.2.1). */
export function isFhirBase({ fhirBase }: Tenant, aud: string | undefined): boolean {
  return aud === fhirBase || aud === `${fhirBase}/`;
}

function scopeOf(ctx: KoaContextWithOIDC, client: Client, resource: string): string {
  if (isClientCredentialsRequest(ctx)) {
    // oidc-provider compares the requested scope, as text, with the value that this function returns.
    const parameters = parametersOf(ctx);
    return (parameters['scope'] = backendServiceScope(client, parameters['scope']));
  }
  return ctx.oidc.entities.Grant?.getResourceScope(resource) ?? acceptedScope(ctx);
}

/** `resourceIndicators` of oidc-provider. `aud` is SMART's name for `resource` (RFC 8707); both are accepted. */
export function resourceIndicators(tenant: Tenant) {
  return {
    enabled: true,
    defaultResource(ctx: KoaContextWithOIDC, _client: unknown, oneOf?: readonly string[]): string {
      if (oneOf || isClientCredentialsRequest(ctx)) return tenant.fhirBase;
      if (isFhirBase(tenant, parametersOf(ctx)['aud'])) return tenant.fhirBase;
      throw wrongAudience();
    },
    /** Scopes are parsed, not listed: the server's scopes are those of the request that it can grant. */
    getResourceServerInfo(ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer {
      if (resource !== tenant.fhirBase) throw new errors.InvalidTarget(mustBeFhirBase('resource', tenant));
      addRequestedScopeToGrant(ctx, resource);
      return {
        scope: scopeOf(ctx, client, resource),
        audience: tenant.fhirBase,
        accessTokenFormat: 'opaque',
      };
    },
    useGrantedResource: () => true,
  };
}

/** The parameter that holds the scope as the app wrote it. What a client sends in it is replaced. */
export const ASKED_SCOPE = 'asked_scope';

/** The scope before anything was left out of it. */
function scopeAsSent({ query, oidc }: KoaContextWithOIDC): string | undefined {
  const sent = (oidc.route === 'pushed_authorization_request' ? oidc.body : query) as
    Record<string, unknown> | undefined;
  return typeof sent?.['scope'] === 'string' ? sent['scope'] : undefined;
}

/** Request parameters that OAuth does not have, and one that is checked again. It comes after the client and the redirect URI. */
export function extraParams(tenant: Tenant, launches: Launches) {
  return {
    aud(ctx: KoaContextWithOIDC, aud: string | undefined): void {
      // oidc-provider stores a pushed request as a JWT whose audience is the issuer. `aud` was checked at the push.
      if (isPushedRequest(ctx)) parametersOf(ctx)['aud'] = tenant.fhirBase;
      else if (aud !== undefined && !isFhirBase(tenant, aud)) throw wrongAudience();
      // A request may repeat `resource`. There is only one server here, so all values must name it.
      if (parametersOf(ctx)['resource'] !== tenant.fhirBase) throw wrongAudience();
      // From here on the request has only scopes that can be granted, so the page, the code and the token have the
      // same scopes.
      parametersOf(ctx)['scope'] = acceptedScope(ctx);
    },
    launch: launchParameter(launches),
    response_mode: responseModeParameter,
    [ASKED_SCOPE](ctx: KoaContextWithOIDC): void {
      // A pushed request has it from the push.
      if (!isPushedRequest(ctx)) parametersOf(ctx)[ASKED_SCOPE] = scopeAsSent(ctx);
    },
  };
}
