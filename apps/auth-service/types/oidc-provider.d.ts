/** Private modules of oidc-provider, for src/provider/patches. Their tests stand in test/patches. */
type ProviderMiddleware = (
  ctx: import('oidc-provider').KoaContextWithOIDC,
  next: () => Promise<void>,
) => Promise<void> | void;

declare module 'oidc-provider/lib/shared/client_auth.js' {
  const middleware: ProviderMiddleware[];
  export default middleware;
  export function getClientAuthParams(ctx: import('oidc-provider').KoaContextWithOIDC): Set<string>;
}

declare module 'oidc-provider/lib/shared/error_handler.js' {
  export default function errorHandler(eventName: string): ProviderMiddleware;
}

declare module 'oidc-provider/lib/shared/selective_body.js' {
  export const json: ProviderMiddleware;
}

declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  interface Router {
    post(name: string, path: string, ...middleware: ProviderMiddleware[]): void;
  }
  export default function instance(provider: import('oidc-provider').Provider): { router: Router };
}

declare module 'oidc-provider/lib/helpers/router.js' {
  type Register = (this: unknown, name: string, path: string, ...middleware: unknown[]) => unknown;
  /** For the test that knows every route. */
  export default class Router {
    get: Register;
    post: Register;
    put: Register;
    delete: Register;
    options: Register;
  }
}
