/** A server of Fastify, as far as it tells of its routes. */
interface Routed {
  addHook(name: 'onRoute', hook: (route: { method: string | string[]; url: string }) => void): unknown;
}

/**
 * @param server that has no routes yet
 * @param routes to which those are added that it takes from now on
 */
export function collectRoutes(
  server: Routed,
  routes: { method: string; url: string }[] = [],
): { method: string; url: string }[] {
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, url });
  });
  return routes;
}
