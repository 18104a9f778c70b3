/** `aud`: the FHIR server that the app means to call, which must be this tenant's (SMART App Launch; case O35). */
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import type { Launches } from '../../domain/launch/launches.ts';
import { launchParameter } from '../launch/launch-parameter.ts';
import { backendServiceScope, isClientCredentialsRequest } from '../tokens/backend-services.ts';
import { isPushedRequest } from './pushed-request.ts';
import { addRequestedScopeToGrant } from '../refresh/refresh-scope.ts';
import { acceptScope } from '../../domain/scopes/scopes.ts';
import { refuseScopes } from './scopes.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

type Parameters = Record<string, string | undefined>;

const parametersOf = (ctx: KoaContextWithOIDC): Parameters => ctx.oidc.params as Parameters;

const acceptedScope = (ctx: KoaContextWithOIDC): string =>
  refuseScopes(() =>
    acceptScope(parametersOf(ctx)['scope'], ctx.oidc.client?.grantTypeAllowed('refresh_token')),
  );

const wrongAudience = () => new errors.InvalidRequest('aud must be the FHIR base URL of this server');

/** Apps write a base URL with a slash at its end or without; any other spelling is another server (RFC 3986 6.2.1). */
function isFhirBase({ fhirBase }: Tenant, aud: string | undefined): boolean {
  return aud === fhirBase || aud === `${fhirBase}/`;
}

function scopeOf(ctx: KoaContextWithOIDC, client: Client, resource: string): string {
  if (isClientCredentialsRequest(ctx)) {
    // The engine compares what was asked for, as text, with what it is told here.
    const asked = parametersOf(ctx);
    return (asked['scope'] = backendServiceScope(client, asked['scope']));
  }
  return ctx.oidc.entities.Grant?.getResourceScope(resource) ?? acceptedScope(ctx);
}

/** The engine's `resourceIndicators`: `aud` is SMART's older name for `resource` (RFC 8707), which is accepted too. */
export function resourceIndicators(tenant: Tenant) {
  return {
    enabled: true,
    defaultResource(ctx: KoaContextWithOIDC, _client: unknown, oneOf?: readonly string[]): string {
      if (oneOf || isClientCredentialsRequest(ctx)) return tenant.fhirBase;
      if (isFhirBase(tenant, parametersOf(ctx)['aud'])) return tenant.fhirBase;
      throw wrongAudience();
    },
    /** Scopes are parsed, not listed: what the server "has" is what of this request it can grant. */
    getResourceServerInfo(ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer {
      if (resource !== tenant.fhirBase) throw new errors.InvalidTarget();
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

/** Request parameters beyond OAuth's; each is checked once the client and redirect URI are known to be good. */
export function extraParams(tenant: Tenant, launches: Launches) {
  return {
    aud(ctx: KoaContextWithOIDC, aud: string | undefined): void {
      // The engine keeps what was pushed as a JWT of its own, whose audience is the issuer; `aud` was looked at then.
      if (isPushedRequest(ctx)) parametersOf(ctx)['aud'] = tenant.fhirBase;
      else if (aud !== undefined && !isFhirBase(tenant, aud)) throw wrongAudience();
      // `resource` alone may be sent several times; here there is one server to mean, so both say the same.
      if (parametersOf(ctx)['resource'] !== tenant.fhirBase) throw wrongAudience();
      // From here on the request asks for what can be granted: pages, code and token speak of the same scopes.
      parametersOf(ctx)['scope'] = acceptedScope(ctx);
    },
    launch: launchParameter(launches),
  };
}
