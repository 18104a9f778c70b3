/**
 * Limits introspection from outside for each network address. The gateway introspects over the internal listener, without a
 * limit.
 */
import { rateLimitHeaders } from '@patient-access/fhir';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { LiveReplicas } from '../../domain/replicas/live-replicas.ts';
import { countedSingly } from '../../domain/throttle/counted-singly.ts';
import { networkOf } from '../../domain/throttle/rules.ts';

const WINDOW_MS = 10_000;
/** 50 requests a second for ten seconds. A resource server that caches responses needs less. */
const MAX_IN_WINDOW = 500;
/** Of so many networks each is counted singly in a window, and all others together. */
const MAX_NETWORKS = 10_000;

/** What an address is told of its requests. */
function standingOf(count: number, now: number, replicas: LiveReplicas) {
  const left = (replicas.share(MAX_IN_WINDOW) - count) * replicas.count('auth-service');
  return {
    name: 'introspection',
    limit: MAX_IN_WINDOW,
    windowSeconds: WINDOW_MS / 1000,
    // The balancer spreads requests, so as many are left at the other replicas.
    left: Math.max(0, Math.min(MAX_IN_WINDOW, left)),
    // What is left of the window: the next one begins with no request counted.
    seconds: Math.ceil((WINDOW_MS - (now % WINDOW_MS)) / 1000),
  };
}

/** @param path of the introspection endpoint, below the issuer @param replicas each counts its share of the limit */
export function limitIntrospection(path: string, replicas: LiveReplicas) {
  let window = 0;
  let counts = new Map<string, number>();
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    // The gateway sets this header on requests from outside.
    const address = ctx.path === path ? ctx.get('x-forwarded-for') : '';
    if (address === '') return next();
    const now = Date.now();
    const current = Math.floor(now / WINDOW_MS);
    if (current !== window) [window, counts] = [current, new Map()];
    const counted = countedSingly(counts, networkOf(address), MAX_NETWORKS);
    const count = (counts.get(counted) ?? 0) + 1;
    counts.set(counted, count);
    const standing = standingOf(count, now, replicas);
    ctx.set(rateLimitHeaders([standing]));
    if (count <= replicas.share(MAX_IN_WINDOW)) return next();
    ctx.status = 429;
    ctx.set('Retry-After', String(standing.seconds));
    ctx.body = { error: 'temporarily_unavailable', error_description: 'too many requests' };
  };
}
