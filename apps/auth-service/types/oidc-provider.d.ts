/** The parts of the engine (pinned, package.json) that its own types leave out: see src/oidc/client-endpoint.ts. */
type EngineMiddleware = (
  ctx: import('oidc-provider').KoaContextWithOIDC,
  next: () => Promise<void>,
) => Promise<void> | void;

declare module 'oidc-provider/lib/shared/client_auth.js' {
  const middleware: EngineMiddleware[];
  export default middleware;
  export function getClientAuthParams(ctx: import('oidc-provider').KoaContextWithOIDC): Set<string>;
}

declare module 'oidc-provider/lib/shared/error_handler.js' {
  export default function errorHandler(eventName: string): EngineMiddleware;
}

declare module 'oidc-provider/lib/shared/selective_body.js' {
  export const json: EngineMiddleware;
}

declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  interface Router {
    post(name: string, path: string, ...middleware: EngineMiddleware[]): void;
  }
  export default function instance(provider: import('oidc-provider').Provider): { router: Router };
}
