/** One authorization server for each tenant. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { addLaunchEndpoint } from './launch/launch-endpoint.ts';
import { mayReachLoopback } from '../domain/clients/keys.ts';
import { JwksCache } from '../egress/jwks-cache.ts';
import { createEgress } from '../egress/egress.ts';
import type { RenderErrorPage } from './endpoints/error-page.ts';
import { applyThrottle } from './sandbox/apply-fault.ts';
import { completeResponses } from './endpoints/smart-responses.ts';
import { acceptBearerCallers, newBearerIntrospectionSecret } from './introspection/bearer-callers.ts';
import { limitIntrospection } from './introspection/rate-limit.ts';
import { keepOutcomes } from './authorization/keep-outcomes.ts';
import { exposeHeaders } from './endpoints/exposed-headers.ts';
import { showErrors } from './authorization/show-errors.ts';
import { ROUTES } from './endpoints/paths.ts';
import { recordEvents, tokenEvent } from './audit/record-events.ts';
import { keepRefusal } from './audit/note-attempt.ts';
import { correctErrorCodes } from './endpoints/error-codes.ts';
import { explainAuthorization, explainRefusals } from './refusals/explain-refusals.ts';
import { answerFailures, keepFailure } from './endpoints/failures.ts';
import { uniqueUse } from '../domain/grants/replay.ts';
import { CodeExchange } from './redemption/code-exchange.ts';
import type { EventOf } from './redemption/redemption.ts';
import { RefreshRotation } from './refresh/rotation.ts';
import { SmartProvider } from './smart-provider.ts';
import { workTogether } from './together/authorization-requests.ts';
import { refuseWhileSuspended } from './endpoints/suspension.ts';
import type { SharedServices } from './shared-services.ts';
import type { ProviderError } from './refusals/explain-refusal.ts';
import { stateOfRequest } from './request-state.ts';
import { type OwnTenant, providerConfiguration } from './configuration.ts';

/** Where oidc-provider says that it refuses. A refused launch has an event of its own. */
const REFUSALS = [
  'authorization.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'pushed_authorization_request.error',
  'launch.error',
] as const;

/** Keeps why a request was refused, until its answer is explained and its event recorded. */
function keepThrown(event: (typeof REFUSALS)[number]) {
  return (ctx: KoaContextWithOIDC, error: Error & ProviderError): void => {
    stateOfRequest(ctx).thrown = error;
    if (event !== 'launch.error') keepRefusal(ctx, error);
  };
}

/** What is around every endpoint, from the outside to the inside. */
function addMiddleware(
  provider: SmartProvider,
  services: SharedServices,
  { tenant, stores, identityProvider }: OwnTenant,
  renderErrorPage: RenderErrorPage,
): void {
  provider.on('server_error', keepFailure);
  // The types name only some of the events.
  for (const event of REFUSALS) provider.on(event as 'grant.error', keepThrown(event));
  addLaunchEndpoint(provider, { tenant, launches: stores.launches, identityProvider });
  provider.use(exposeHeaders);
  provider.use(answerFailures(tenant, renderErrorPage, services));
  provider.use(explainRefusals(services, tenant));
  provider.use(completeResponses(tenant, services.config.PUBLIC_URL));
  provider.use(keepOutcomes(services, tenant));
  provider.use(refuseWhileSuspended(tenant, renderErrorPage));
  provider.use(recordEvents(services, tenant));
  provider.use(correctErrorCodes);
  provider.use(workTogether(provider, services, tenant));
  provider.use(limitIntrospection(ROUTES.introspection, services.replicas));
}

/**
 * Creates the authorization server of a tenant: oidc-provider with its configuration, patches and middleware.
 *
 * @param renderErrorPage shows an error to a person
 */
export function createProvider(
  services: SharedServices,
  own: OwnTenant,
  renderErrorPage: RenderErrorPage,
): SmartProvider {
  const { tenant, stores } = own;
  const egress = createEgress({ loopback: mayReachLoopback(tenant) });
  const clientKeys = new JwksCache(egress, (url, err) => {
    services.logger.warn({ err, host: new URL(url).host }, 'the keys of a client could not be fetched');
  });
  const bearerSecret = newBearerIntrospectionSecret();
  const eventOf: EventOf = (ctx) => tokenEvent(ctx, tenant);
  const rotation = new RefreshRotation(services.pool, tenant.id, {
    before: (ctx, prefetched) => applyThrottle(stores.sandbox, ctx, prefetched),
    eventOf,
  });
  const exchange = new CodeExchange(services.pool, tenant.id, eventOf);
  const errorWords = explainAuthorization(tenant, services.config.PUBLIC_URL);
  const settings = providerConfiguration(services, own, {
    renderErrorPage,
    errorWords,
    egress,
    bearerSecret,
  });
  const provider = new SmartProvider(tenant.issuer, settings, {
    tenant,
    clientKeys,
    uniqueUse: uniqueUse(services.pool, tenant.id),
    nativeApps: tenant.settings.nativeApps,
    errorHook: showErrors(tenant, services.formKey, renderErrorPage),
    errorWords,
    grantHooks: {
      authorization_code: (ctx, grant) => exchange.run(ctx, grant),
      refresh_token: (ctx, grant) => rotation.run(ctx, grant),
    },
  });
  addMiddleware(provider, services, own, renderErrorPage);
  provider.use(acceptBearerCallers(provider, tenant, ROUTES.introspection, bearerSecret));
  return provider;
}
