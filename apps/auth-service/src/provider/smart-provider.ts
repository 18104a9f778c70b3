/** oidc-provider with every patch of `patches/`. */
import type { Configuration } from 'oidc-provider';
import type { JwksCache } from '../egress/jwks-cache.ts';
import { alwaysAskConsent } from './patches/always-ask-consent.ts';
import { findClientOfRefreshToken, markMissingClientId } from './patches/client-from-refresh-token.ts';
import { findClientKeys } from './patches/client-keys.ts';
import { type GrantHook, ProviderWithGrantHooks } from './patches/grant-hooks.ts';
import { compareHashedSecrets } from './patches/hashed-client-secrets.ts';
import { linkFromIssuer } from './patches/links-from-issuer.ts';
import { acceptNarrowerScopes } from './patches/narrower-refresh-scope.ts';
import { checkResume } from './patches/resume-check.ts';
import { refuseNativeRedirects } from './patches/native-redirects.ts';
import { endOnlineAccessWithSession } from './patches/online-access.ts';
import { dropNonceAtRefresh } from './patches/refreshed-nonce.ts';
import { rewriteParameters } from './patches/request-parameters.ts';
import { decideUniqueUse, type UniqueUse } from './patches/unique-use.ts';
import type { ErrorHook, ErrorWords } from './patches/response-modes.ts';
import { acceptFhirTokensAtUserinfo } from './patches/userinfo-audience.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { mayResume } from './authorization/answer-key.ts';
import { limitParameterSizes } from './authorization/parameter-sizes.ts';
import { shortenScopeUris } from './authorization/scopes.ts';
import { dropUnusedNonce } from './authorization/unused-nonce.ts';
import { askAboutNoJwt } from './introspection/structured-token.ts';

/** What the patches need to know about this deployment and plan. */
interface PatchOptions {
  tenant: Tenant;
  clientKeys: JwksCache;
  uniqueUse: UniqueUse;
  /** does the plan allow apps on the member's own device? */
  nativeApps: boolean;
  /** by grant type */
  grantHooks: Readonly<Record<string, GrantHook>>;
  errorHook: ErrorHook;
  errorWords: ErrorWords;
}

export class SmartProvider extends ProviderWithGrantHooks {
  constructor(issuer: string, configuration: Configuration, options: PatchOptions) {
    super(issuer, configuration);
    // The gateway sends the client's address and scheme in headers, which it sets anew for each request.
    this.proxy = true;
    // Koa's own log would print whole errors. Failures are logged by event, without secrets.
    this.silent = true;
    this.grantHooks = options.grantHooks;
    this.errorHook = options.errorHook;
    this.errorWords = options.errorWords;
    linkFromIssuer(this);
    alwaysAskConsent(this);
    rewriteParameters(this, (context, parameters) => {
      limitParameterSizes(context, parameters);
      shortenScopeUris(parameters);
      dropUnusedNonce(parameters);
      askAboutNoJwt(context, parameters);
      markMissingClientId(context, parameters);
    });
    compareHashedSecrets(this);
    findClientOfRefreshToken(this);
    findClientKeys(this, options.clientKeys);
    if (!options.nativeApps) refuseNativeRedirects(this);
    decideUniqueUse(this, options.uniqueUse);
    acceptFhirTokensAtUserinfo(this);
    checkResume(this, mayResume(options.tenant));
    endOnlineAccessWithSession(this);
    dropNonceAtRefresh(this);
    acceptNarrowerScopes(this);
  }
}
