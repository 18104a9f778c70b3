/** The configuration of oidc-provider. */
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { PROOF_ALGORITHMS } from '@patient-access/smart';
import type { Configuration, FindAccount, KoaContextWithOIDC } from 'oidc-provider';
import { ownMember } from '../domain/accounts/accounts.ts';
import { checkAssertion } from './client-auth/assertion.ts';
import { ASSERTION_ALGORITHMS } from './client-auth/keys.ts';
import { type Egress } from '../egress/egress.ts';
import { deriveKeys, type Keys } from '../domain/keys/secrets.ts';
import { CookieSignatures } from './endpoints/cookie-signatures.ts';
import { renderError, type RenderErrorPage } from './endpoints/error-page.ts';
import { interactionPath } from '../domain/urls.ts';
import { RecordAdapter } from './adapters/record-adapter.ts';
import { bearerIntrospectionClient } from './introspection/bearer-callers.ts';
import type { ErrorWords } from './patches/response-modes.ts';
import { clientAdapter } from './adapters/client-adapter.ts';
import { ACR, loginPolicy } from './authorization/login-policy.ts';
import { AUTHENTICATION_BESIDE_TOKENS } from './discovery/client-authentication.ts';
import { membersForPeople } from './discovery/documentation.ts';
import {
  introspectionPolicy,
  revocationPolicy,
  tokenClaims,
  withOfferedTypes,
} from './introspection/policy.ts';
import { takeAccount } from './together/ahead.ts';
import { TTL } from './tokens/ttl.ts';
import { memberPagesClient, grantWithoutConsent } from './clients/member-pages-client.ts';
import { ROUTES } from './endpoints/paths.ts';
import { issueRefreshToken } from './refresh/refresh-scope.ts';
import { CLIENT_AUTH_METHODS } from '../domain/clients/metadata.ts';
import { checkClient, OWN_METADATA } from './clients/client-rules.ts';
import { extraParams, resourceIndicators } from './authorization/audience.ts';
import { prefetchedAccount, subjectOfGrant } from './redemption/redemption.ts';
import { IDENTITY_SCOPES } from '../domain/scopes/scopes.ts';
import { registeredOrigin } from './clients/client-rules.ts';
import type { SharedServices } from './shared-services.ts';
import type { IdentityProvider } from '../egress/identity-provider.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import type { TenantStores } from '../domain/stores/tenant-stores.ts';
import type { SigningJwk } from '../domain/keys/signing-keys.ts';
import { gatewayClient } from './clients/gateway-client.ts';

const CLOCK_TOLERANCE_SECONDS = 5;

const ALGORITHMS: Configuration['enabledJWA'] = {
  clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
  dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
  idTokenSigningAlgValues: ['RS256'],
  introspectionSigningAlgValues: ['ES256'],
};

/** How it was proved whose login it is; a name that no other server uses (OpenID Connect Core 5.1.2). */
const PROOFING_CLAIM = 'urn:payer-patient-access:proofing';

/** The claims of id_tokens and userinfo, by scope. */
const CLAIMS = {
  openid: ['sub', 'auth_time', 'acr', 'amr', PROOFING_CLAIM],
  fhirUser: ['fhirUser'],
  // SMART 1.0 apps request `profile` where later ones request `fhirUser`.
  profile: ['name', 'fhirUser'],
};

/**
 * `fhirUser` is that of the grant: a person is somebody else in the record of each member for whom she acts. `patients` are those
 * whose data the login sees.
 */
function findAccount({ id }: Tenant, { accounts, consents }: TenantStores): FindAccount {
  return async (_ctx, sub, token) => {
    const account = prefetchedAccount(sub) ?? takeAccount(id, sub) ?? (await accounts.find(sub));
    if (!account) return undefined;
    const grantId = (token as { grantId?: string } | undefined)?.grantId;
    const claims = async () => {
      const subject = grantId === undefined ? undefined : await subjectOfGrant(consents, grantId);
      return {
        sub,
        fhirUser: subject?.fhirUser,
        name: ownMember(account)?.name,
        [PROOFING_CLAIM]: account.proofing,
      };
    };
    const patients = account.members.map(({ patient }) => patient);
    return { accountId: sub, claims, patients };
  };
}

function cookies(tenant: Tenant, masters: Keys): Configuration['cookies'] {
  const secure = tenant.issuer.startsWith('https:');
  const options = { httpOnly: true, overwrite: true, sameSite: 'lax', secure, signed: true } as const;
  const name = (text: string, prefix: string) => `${secure ? prefix : ''}${tenant.id}-${text}`;
  return {
    // `__Host-` requires the path "/". The two cookies of an interaction are bound to the path of the interaction
    // instead.
    names: {
      session: name('session', '__Host-'),
      interaction: name('interaction', '__Secure-'),
      resume: name('resume', '__Secure-'),
    },
    long: options,
    short: options,
    keys: new CookieSignatures(deriveKeys(masters, `cookies/${tenant.id}`)),
  };
}

function features(tenant: Tenant): Configuration['features'] {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true, requireNonce: () => false, allowReplay: false },
    // The reference leads to a request that the client pushed to this server. Nothing is fetched from an address in a
    // request (case O18).
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    rpInitiatedLogout: { enabled: false },
    introspection: { enabled: true, allowedPolicy: withOfferedTypes(tenant, introspectionPolicy) },
    jwtIntrospection: { enabled: true },
    // Clients register through registration/routes.ts.
    registration: { enabled: false },
    resourceIndicators: resourceIndicators(tenant),
    revocation: { enabled: true, allowedPolicy: revocationPolicy },
    userinfo: { enabled: true },
  };
}

/** The tenant of an authorization server, its stores and its signing keys. */
export interface OwnTenant {
  tenant: Tenant;
  stores: TenantStores;
  keys: SigningJwk[];
  identityProvider?: IdentityProvider;
}

/** What belongs to one instance of oidc-provider. */
export interface ProviderResources {
  renderErrorPage: RenderErrorPage;
  /** what a redirect or a page says about an error */
  errorWords: ErrorWords;
  egress: Egress;
  /** of the built-in client for introspection by bearer token */
  bearerSecret: string;
}

/** The part of the configuration that is about clients, registered and built-in. */
function clientConfiguration(
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

/** Clients have their own table. Everything else that oidc-provider stores is a record. */
const adapterFor =
  ({ pool, storageBudgets }: SharedServices, { id }: Tenant) =>
  (model: string) =>
    model === 'Client' ? clientAdapter(pool, id) : new RecordAdapter(pool, id, model, storageBudgets);

/** The configuration of oidc-provider for one tenant. A test pins it (security rule D19). */
export function providerConfiguration(
  services: SharedServices,
  { tenant, stores, keys }: OwnTenant,
  own: ProviderResources,
): Configuration {
  return {
    ...clientConfiguration(services, tenant, own),
    acrValues: Object.values(ACR),
    adapter: adapterFor(services, tenant),
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: CLAIMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    cookies: cookies(tenant, services.config.KEY_ENCRYPTION_KEY),
    enabledJWA: ALGORITHMS,
    discovery: { ...AUTHENTICATION_BESIDE_TOKENS, ...membersForPeople(services.config.DEVELOPERS_URL) },
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
    // Returns only the grant that was made for this request. An earlier grant is never reused (rule D20).
    loadExistingGrant: (ctx: KoaContextWithOIDC) => {
      if (ctx.oidc.client?.clientId === MEMBER_PAGES_CLIENT_ID) return grantWithoutConsent(ctx, tenant);
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    pkce: { required: () => true },
    renderError: renderError(tenant, own.renderErrorPage, own.errorWords),
    responseTypes: ['code'],
    rotateRefreshToken: true,
    routes: ROUTES,
    scopes: [...IDENTITY_SCOPES],
    ttl: TTL,
  };
}
