/** The engine with what SMART App Launch and this deployment need beyond its configuration. */
import Provider, {
  type Client,
  type Configuration,
  type KoaContextWithOIDC,
  type TokenEndpointGrantContext,
} from 'oidc-provider';
import type { JwksCache } from '../egress/jwks-cache.ts';
import { bindKeys } from './client-auth/keys.ts';
import { isNativeRedirect, webOrigins } from '../domain/clients/redirect-uri.ts';
import { MEMBER_PAGES_CLIENT_ID } from './clients/member-pages-client.ts';
import { watchRefreshTokens } from './refresh/narrower-scope.ts';
import { isSecretOf } from './clients/client-rules.ts';
import { spellShort } from './authorization/scopes.ts';
import { type Context, markUnnamedClient, nameClient } from './refresh/client-from-refresh-token.ts';

/** Codes come back in the query; errors of impossible response types in the fragment. No page with a script. */
const RESPONSE_MODES = new Set(['query', 'fragment']);

/** Goes around one of the engine's grants, once its client is authenticated. */
type AroundGrant = (ctx: KoaContextWithOIDC, grant: () => Promise<void>) => Promise<void>;

/** What holds for clients beyond what the engine can be configured to. */
interface Rules {
  clientKeys: JwksCache;
  uniqueUse: Provider['ReplayDetection']['unique'];
  /** whether the plan takes apps on the member's own device */
  nativeApps: boolean;
  /** by grant type */
  aroundGrants: Readonly<Record<string, AroundGrant>>;
}

export class SmartProvider extends Provider {
  private readonly aroundGrants: Rules['aroundGrants'];

  constructor(issuer: string, configuration: Configuration, rules: Rules) {
    super(issuer, configuration);
    this.aroundGrants = rules.aroundGrants;
    Object.defineProperty(this.ReplayDetection, 'unique', { value: rules.uniqueUse });
    // The gateway speaks for the client: address and scheme come in its headers, which are set anew for each request.
    this.proxy = true;
    // Koa's own log would print whole errors; what fails is logged by event, redacted.
    this.silent = true;
    this.linkFromIssuer();
    this.alwaysAskForConsent();
    this.compareDigests();
    this.readParameters();
    this.findClientKeys(rules.clientKeys);
    this.admitRedirects(rules.nativeApps);
    this.serveUserinfo();
    watchRefreshTokens(this);
  }

  override registerResponseMode(...[name, handler]: Parameters<Provider['registerResponseMode']>): void {
    if (RESPONSE_MODES.has(name)) super.registerResponseMode(name, handler);
  }

  /** The engine registers its own grants while it is constructed: what goes around them is looked up when they run. */
  override registerGrantType<Params extends object>(
    name: string,
    handler: (ctx: TokenEndpointGrantContext<Params>) => Promise<void> | void,
    ...rest: [parameters?: ReadonlySet<string>, duplicates?: ReadonlySet<string>]
  ): void {
    const grant = (ctx: TokenEndpointGrantContext<Params>) => {
      const around = this.aroundGrants[name];
      return around ? around(ctx, async () => handler(ctx)) : handler(ctx);
    };
    super.registerGrantType(name, grant, ...rest);
  }

  private patchContext(properties: PropertyDescriptorMap): void {
    const { OIDCContext } = this as unknown as { OIDCContext: { prototype: object } };
    Object.defineProperties(OIDCContext.prototype, properties);
  }

  /** The engine would make links from the Host header. */
  private linkFromIssuer(): void {
    const urlFor = (name: string, options?: Record<string, unknown>) => this.urlFor(name, options);
    this.patchContext({ urlFor: { value: urlFor } });
  }

  /**
   * Every authorization asks the member, as if `prompt=consent` had been sent, which SMART apps do not send and
   * without which the engine drops `offline_access`. Only our own pages ask for nothing that could be agreed to.
   */
  private alwaysAskForConsent(): void {
    this.patchContext({
      prompts: {
        get(this: { params: { prompt?: string; client_id?: string } }): Set<string> {
          const prompts = new Set(this.params.prompt?.split(' ').filter(Boolean));
          if (prompts.has('none')) return prompts;
          if (this.params.client_id !== MEMBER_PAGES_CLIENT_ID) return prompts.add('consent');
          prompts.delete('consent');
          return prompts;
        },
      },
    });
  }

  private readParameters(): void {
    const all = new WeakMap<Context, Record<string, unknown>>();
    this.patchContext({
      params: {
        get(this: Context) {
          return all.get(this);
        },
        set(this: Context, params: Record<string, unknown>) {
          spellShort(params);
          markUnnamedClient(this, params);
          all.set(this, params);
        },
      },
    });
  }

  private compareDigests(): void {
    const { Client } = this as unknown as { Client: { prototype: Client & Record<string, unknown> } };
    Client.prototype['compareClientSecret'] = function compare(this: Client, secret: string): boolean {
      return isSecretOf(this, secret);
    };
  }

  /** Redirects to the member's device only while the plan takes native apps, whatever was registered earlier. */
  private admitRedirects(nativeApps: boolean): void {
    const { Client } = this as unknown as { Client: { prototype: Client } };
    const { redirectUriAllowed } = Client.prototype;
    Client.prototype.redirectUriAllowed = function allowed(this: Client, uri: string): boolean {
      const admitted = nativeApps || !isNativeRedirect(uri) || this.clientId === MEMBER_PAGES_CLIENT_ID;
      return admitted && redirectUriAllowed.call(this, uri);
    };
  }

  private findClientKeys(cache: JwksCache): void {
    const { Client } = this;
    const find = Client.find.bind(Client);
    Object.defineProperty(Client, 'find', {
      value: async (id: string) => {
        const client = await find(await nameClient(this, id));
        if (client) bindKeys(client, cache);
        return client;
      },
    });
  }

  /** Access tokens are bound to the FHIR base; userinfo takes them too, as SMART apps hold no others. */
  private serveUserinfo(): void {
    const { AccessToken } = this;
    const find = AccessToken.find.bind(AccessToken) as (
      ...args: unknown[]
    ) => Promise<{ aud?: string } | undefined>;
    Object.defineProperty(AccessToken, 'find', {
      value: async (...args: unknown[]) => {
        const token = await find(...args);
        if (token && Provider.ctx?.oidc.route === 'userinfo') token.aud = undefined;
        return token;
      },
    });
  }
}

/** May a page of this origin call for the client? It has to be the origin of one of its redirect URIs. */
export function registeredOrigin(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  return webOrigins(client.redirectUris).includes(origin);
}
