/** One authorization server per tenant: the engine's configuration, pinned (security rule D19). */
import { GATEWAY_CLIENT_ID, PROOF_ALGORITHMS } from '@patient-access/smart';
import type { ClientMetadata, Configuration, FindAccount, KoaContextWithOIDC } from 'oidc-provider';
import { fhirUserOf, ownMember } from '../domain/accounts/accounts.ts';
import { masterKeys } from '../config.ts';
import { addLaunchEndpoint } from './launch/launch-endpoint.ts';
import { checkAssertion } from './client-auth/assertion.ts';
import { mayReachLoopback } from '../domain/clients/keys.ts';
import { JwksCache } from '../egress/jwks-cache.ts';
import { ASSERTION_ALGORITHMS } from './client-auth/keys.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import { deriveKey, digest } from '../domain/keys/secrets.ts';
import { renderError, type RenderErrorPage } from './endpoints/error-page.ts';
import { applyThrottle } from './sandbox/apply-fault.ts';
import { LANGUAGES, TEXTS } from '../domain/pages/language.ts';
import { interactionPath } from '../domain/urls.ts';
import { RecordAdapter } from './adapters/record-adapter.ts';
import { completeResponses } from './endpoints/smart-responses.ts';
import {
  bearerIntrospectionClient,
  acceptBearerCallers,
  newBearerIntrospectionSecret,
} from './introspection/bearer-callers.ts';
import { clientAdapter } from './adapters/client-adapter.ts';
import { limitIntrospection } from './introspection/rate-limit.ts';
import { ACR, loginPolicy } from './authorization/login-policy.ts';
import {
  introspectionPolicy,
  revocationPolicy,
  tokenClaims,
  withOfferedTypes,
} from './introspection/policy.ts';
import { LIFETIMES } from './tokens/lifetimes.ts';
import {
  MEMBER_PAGES_CLIENT_ID,
  memberPagesClient,
  grantWithoutConsent,
} from './clients/member-pages-client.ts';
import { ROUTES } from './endpoints/paths.ts';
import { keepRefusalReason, markReuse, recordEvents, tokenEvent } from './audit/record-events.ts';
import { correctErrorCodes } from './endpoints/error-codes.ts';
import { issueRefreshToken } from './refresh/refresh-scope.ts';
import { CLIENT_AUTH_METHODS } from '../domain/clients/metadata.ts';
import { checkClient, OWN_METADATA, VERIFIED } from './clients/client-rules.ts';
import { extraParams, resourceIndicators } from './authorization/audience.ts';
import { uniqueUse } from '../domain/grants/replay.ts';
import { prefetchedAccount, RefreshRotation } from './refresh/rotation.ts';
import { IDENTITY_SCOPES } from '../domain/scopes/scopes.ts';
import { registeredOrigin } from './clients/client-rules.ts';
import { SmartProvider } from './smart-provider.ts';
import { refuseWhileSuspended } from './endpoints/suspension.ts';
import type { SharedServices } from './shared-services.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { TenantStores } from '../domain/stores/tenant-stores.ts';
import type { SigningJwk } from '../domain/keys/signing-keys.ts';

const CLOCK_TOLERANCE_SECONDS = 5;

const ALGORITHMS: Configuration['enabledJWA'] = {
  clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
  dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
  idTokenSigningAlgValues: ['RS256'],
  introspectionSigningAlgValues: ['ES256'],
};

/** What id_tokens and userinfo say, by scope. */
const CLAIMS = {
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  fhirUser: ['fhirUser'],
  // SMART 1.0 apps say `profile` where later ones say `fhirUser`.
  profile: ['name', 'fhirUser'],
};

/** The one client that may introspect the tokens of all others; answers to it are signed (RFC 9701). */
function gatewayClient(secret: string): ClientMetadata {
  return {
    client_id: GATEWAY_CLIENT_ID,
    client_secret: digest(secret),
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
    introspection_signed_response_alg: 'ES256',
    [VERIFIED]: true,
  };
}

function findAccount({ fhirBase }: Tenant, { accounts }: TenantStores): FindAccount {
  return async (_ctx, sub) => {
    const account = prefetchedAccount(sub) ?? (await accounts.find(sub));
    if (!account) return undefined;
    const claims = { sub, fhirUser: fhirUserOf(account, fhirBase), name: ownMember(account)?.name };
    return { accountId: sub, claims: () => claims };
  };
}

function cookies(tenant: Tenant, masters: Buffer[]): Configuration['cookies'] {
  const secure = tenant.issuer.startsWith('https:');
  const options = { httpOnly: true, overwrite: true, sameSite: 'lax', secure, signed: true } as const;
  const name = (text: string, prefix: string) => `${secure ? prefix : ''}${tenant.id}-${text}`;
  return {
    // `__Host-` wants path "/"; the two of an interaction are bound to its own path instead.
    names: {
      session: name('session', '__Host-'),
      interaction: name('interaction', '__Secure-'),
      resume: name('resume', '__Secure-'),
    },
    long: options,
    short: options,
    keys: masters.map((master) => deriveKey(master, `cookies/${tenant.id}`).toString('base64url')),
  };
}

function features(tenant: Tenant): Configuration['features'] {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true, requireNonce: () => false, allowReplay: false },
    // By reference to what the client itself pushed here; nothing is fetched that a request names (case O18).
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    rpInitiatedLogout: { enabled: false },
    introspection: { enabled: true, allowedPolicy: withOfferedTypes(tenant, introspectionPolicy) },
    jwtIntrospection: { enabled: true },
    // Clients register through `registration/routes.ts`.
    registration: { enabled: false },
    resourceIndicators: resourceIndicators(tenant),
    revocation: { enabled: true, allowedPolicy: revocationPolicy },
    userinfo: { enabled: true },
  };
}

/** Whose authorization server it is, what it reads and writes, and what it signs with. */
interface OwnTenant {
  tenant: Tenant;
  stores: TenantStores;
  keys: SigningJwk[];
}

/** What one provider has to itself. */
interface ProviderResources {
  renderErrorPage: RenderErrorPage;
  egress: Egress;
  bearerSecret: string;
}

/** What the configuration says about clients, whether registered, static or loaded. */
function clientRules(
  services: SharedServices,
  tenant: Tenant,
  { egress, bearerSecret }: ProviderResources,
): Configuration {
  return {
    assertJwtClientAuthClaimsAndHeader: checkAssertion(CLOCK_TOLERANCE_SECONDS),
    clients: [
      gatewayClient(services.config.GATEWAY_CLIENT_SECRET),
      memberPagesClient(tenant),
      bearerIntrospectionClient(bearerSecret),
    ],
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    clientBasedCORS: registeredOrigin,
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      introspection_signed_response_alg: 'ES256',
    },
    extraClientMetadata: { properties: OWN_METADATA, validator: checkClient },
    fetch: (url, options) => egress(String(url), options as Parameters<Egress>[1]),
    sectorIdentifierUriValidate: () => false,
  };
}

/** Clients have a table of their own; everything else that the engine stores is a record. */
const adapterFor =
  ({ pool }: SharedServices, { id }: Tenant) =>
  (model: string) =>
    model === 'Client' ? clientAdapter(pool, id) : new RecordAdapter(pool, id, model);

function configuration(
  services: SharedServices,
  { tenant, stores, keys }: OwnTenant,
  own: ProviderResources,
): Configuration {
  return {
    ...clientRules(services, tenant, own),
    acrValues: Object.values(ACR),
    adapter: adapterFor(services, tenant),
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: CLAIMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    cookies: cookies(tenant, masterKeys(services.config)),
    enabledJWA: ALGORITHMS,
    discovery: { ui_locales_supported: LANGUAGES.map((language) => TEXTS[language].locale) },
    expiresWithSession: () => false,
    extraParams: extraParams(tenant, stores.launches),
    extraTokenClaims: tokenClaims(tenant, stores.consents),
    features: features(tenant),
    findAccount: findAccount(tenant, stores),
    issueRefreshToken,
    interactions: {
      policy: loginPolicy(tenant),
      url: (_ctx, interaction) => interactionPath(tenant.id, interaction.uid),
    },
    jwks: { keys } as Configuration['jwks'],
    // Only the grant that this very request was given: an earlier one is never taken up again (rule D20).
    loadExistingGrant: (ctx: KoaContextWithOIDC) => {
      if (ctx.oidc.client?.clientId === MEMBER_PAGES_CLIENT_ID) return grantWithoutConsent(ctx, tenant);
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    pkce: { required: () => true },
    renderError: renderError(tenant, own.renderErrorPage),
    responseTypes: ['code'],
    rotateRefreshToken: true,
    routes: ROUTES,
    scopes: [...IDENTITY_SCOPES],
    ttl: LIFETIMES,
  };
}

/** @param renderErrorPage shows an error to a person */
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
  const rotation = new RefreshRotation(services.pool, tenant.id, {
    before: (ctx, grantId) => applyThrottle(stores.sandbox, ctx, grantId),
    eventOf: (ctx) => tokenEvent(ctx, tenant),
  });
  const settings = configuration(services, own, { renderErrorPage, egress, bearerSecret });
  const provider = new SmartProvider(tenant.issuer, settings, {
    clientKeys,
    uniqueUse: uniqueUse(services.pool, tenant.id),
    nativeApps: tenant.settings.nativeApps,
    grantHooks: { refresh_token: (ctx, grant) => rotation.run(ctx, grant) },
  });
  provider.on('server_error', (ctx, error) => {
    services.logger.error({ err: error, requestId: ctx.get('x-request-id') }, 'authorization server failed');
  });
  provider.on('grant.error', markReuse);
  provider.on('authorization.error', keepRefusalReason);
  addLaunchEndpoint(provider, tenant, stores.launches);
  provider.use(completeResponses(tenant));
  provider.use(refuseWhileSuspended(tenant, renderErrorPage));
  provider.use(recordEvents(services, tenant, stores.consents));
  provider.use(correctErrorCodes);
  provider.use(limitIntrospection(ROUTES.introspection));
  provider.use(acceptBearerCallers(provider, ROUTES.introspection, bearerSecret));
  return provider;
}
