import { LRUCache } from 'lru-cache';
import type { AuthClient } from '../auth-client/auth-client.ts';

const KEPT_MS = 60_000;
/** An app that is about to register its origin is not kept out for long. */
const UNKNOWN_KEPT_MS = 1_000;
const MAX_ORIGINS = 10_000;
/** scheme, host and port (RFC 6454 section 7); auth-service is asked about such origins only */
const ORIGIN = /^https?:\/\/[a-z0-9.[\]:-]{1,253}$/;

const keyOf = (tenant: string, origin: string): string => `${tenant}\n${origin}`;

/**
 * The origins whose web pages may call a tenant's FHIR API: those of registered clients (SMART checklist item 100).
 */
export class RegisteredOrigins {
  private readonly auth: AuthClient;
  private readonly keptMs: number;
  private readonly cache = new LRUCache<string, { isRegistered: boolean }>({
    max: MAX_ORIGINS,
    ttl: KEPT_MS,
    noDeleteOnStaleGet: true,
  });

  constructor(auth: AuthClient, keptMs = KEPT_MS) {
    this.auth = auth;
    this.keptMs = keptMs;
  }

  /**
   * @returns while auth-service does not answer, what it said last, so that the page learns when to come again; to read
   *   anything it needs a token all the same
   */
  async isRegistered(tenant: string, origin: string): Promise<boolean> {
    if (!ORIGIN.test(origin)) return false;
    const key = keyOf(tenant, origin);
    const cached = this.cache.get(key);
    if (cached) return cached.isRegistered;
    const isRegistered = await this.auth.isRegisteredOrigin(tenant, origin).catch(() => undefined);
    if (isRegistered === undefined) return this.wasRegistered(tenant, origin);
    this.cache.set(key, { isRegistered }, { ttl: isRegistered ? this.keptMs : UNKNOWN_KEPT_MS });
    return isRegistered;
  }

  /** @returns what auth-service said last, however long ago */
  wasRegistered(tenant: string, origin: string): boolean {
    return this.cache.get(keyOf(tenant, origin), { allowStale: true })?.isRegistered ?? false;
  }
}
