/**
 * The identity provider of a plan. Its metadata is discovered at the first use; logins use OpenID Connect with code
 * and PKCE.
 */
import * as client from 'openid-client';
import { importJWK } from 'jose';
import { type AuthConfig } from '../config.ts';
import { createEgress, type EgressRequest } from './egress.ts';
import { federationCallbackPath } from '../domain/urls.ts';
import { keycloakProfile, type ProfileAttribute } from './keycloak-profile.ts';
import { LogoutTokens } from './logout-token.ts';
import { CLOCK_TOLERANCE_SECONDS, PlanLogin } from './plan-login.ts';
import { ProviderKeys } from './provider-keys.ts';
import { TokensOfOthers } from './tokens-of-others.ts';
import { type FederationSettings, openSecret } from '../domain/tenant/federation-settings.ts';

const TIMEOUT_SECONDS = 2.5;
/** Metadata is read again after this time. */
const METADATA_MS = 3_600_000;

interface Registration {
  settings: FederationSettings;
  redirectUri: string;
  /** plain HTTP on the loopback interface, for trials on a preview tenant */
  insecure: boolean;
  authentication(): Promise<client.ClientAuth>;
}

/** What is known after discovery. */
interface Endpoints {
  login: PlanLogin;
  logoutTokens: LogoutTokens;
  /** what the person's own profile page there says of her attributes; undefined when it cannot be asked */
  profile(accessToken: string): Promise<ProfileAttribute[] | undefined>;
  tokensOfOthers: TokensOfOthers;
}

export class IdentityProvider {
  readonly settings: FederationSettings;
  private readonly registration: Registration;
  /** until: `performance.now()` */
  private discovered?: { endpoints: Promise<Endpoints>; until: number };

  constructor(registration: Registration) {
    this.registration = registration;
    this.settings = registration.settings;
  }

  /** @throws the error when it cannot be reached; the next call tries again */
  endpoints(): Promise<Endpoints> {
    if (!this.discovered || this.discovered.until < performance.now()) {
      const endpoints = this.discover();
      this.discovered = { endpoints, until: performance.now() + METADATA_MS };
      endpoints.catch(() => (this.discovered = undefined));
    }
    return this.discovered.endpoints;
  }

  private async discover(): Promise<Endpoints> {
    const { settings, redirectUri, insecure } = this.registration;
    const { issuer, clientId } = settings;
    const egress = createEgress({ loopback: insecure, hosts: new Set([new URL(issuer).host]) });
    const config = await client.discovery(
      new URL(issuer),
      clientId,
      // The algorithm of the plan is checked with the signature (plan-login.ts): EdDSA has two names, and here is room for one.
      { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
      await this.registration.authentication(),
      {
        // Only to the issuer's own host (security rule D22).
        [client.customFetch]: (url, options) => egress(url, options as EgressRequest),
        timeout: TIMEOUT_SECONDS,
        ...(insecure && { execute: [client.allowInsecureRequests] }),
      },
    );
    const metadata = config.serverMetadata();
    if (metadata.jwks_uri === undefined) throw new Error('the identity provider publishes no keys');
    const keys = new ProviderKeys(egress, metadata.jwks_uri);
    return {
      login: new PlanLogin(config, keys, { redirectUri, settings }),
      logoutTokens: new LogoutTokens(keys, { ...settings, issuer: metadata.issuer }),
      tokensOfOthers: new TokensOfOthers(keys, settings, metadata.issuer),
      profile: (accessToken) => keycloakProfile(egress, metadata.issuer, accessToken),
    };
  }
}

/** @returns undefined for a plan without one */
export function openIdentityProvider(
  config: Readonly<AuthConfig>,
  tenant: { id: string; kind: string; federation: FederationSettings | undefined },
): IdentityProvider | undefined {
  const { id, kind, federation: settings } = tenant;
  if (!settings) return undefined;
  const secretOf = (name: 'clientSecret' | 'privateKey', sealed: string) =>
    openSecret(config.KEY_ENCRYPTION_KEY, id, name, sealed);
  return new IdentityProvider({
    settings,
    redirectUri: `${config.PUBLIC_URL}${federationCallbackPath(id)}`,
    insecure: kind === 'preview' && settings.issuer.startsWith('http:'),
    async authentication() {
      const { clientSecret, privateKey } = settings;
      if (clientSecret !== undefined) return client.ClientSecretBasic(secretOf('clientSecret', clientSecret));
      const jwk = JSON.parse(secretOf('privateKey', privateKey ?? '')) as { kid?: string };
      const key = (await importJWK(jwk)) as client.CryptoKey;
      return client.PrivateKeyJwt(jwk.kid === undefined ? key : { key, kid: jwk.kid });
    },
  });
}
