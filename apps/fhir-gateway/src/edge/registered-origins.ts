import { LRUCache } from 'lru-cache';
import type { AuthClient } from '../auth-client/auth-client.ts';

const KEPT_MS = 60_000;
/** An app that is about to register its origin is not kept out for long. */
const UNKNOWN_KEPT_MS = 1_000;
const MAX_ORIGINS = 10_000;
/** scheme, host and port (RFC 6454 section 7); auth-service is asked about such origins only */
const ORIGIN = /^https?:\/\/[a-z0-9.[\]:-]{1,253}$/;

/**
 * The origins whose web pages may call a tenant's FHIR API: those of registered clients (SMART checklist item 100).
 */
export class RegisteredOrigins {
  private readonly auth: AuthClient;
  private readonly cache = new LRUCache<string, { isRegistered: boolean }>({
    max: MAX_ORIGINS,
    ttl: KEPT_MS,
  });

  constructor(auth: AuthClient) {
    this.auth = auth;
  }

  /** @returns false also when auth-service does not answer; the page then cannot read the answer */
  async isRegistered(tenant: string, origin: string): Promise<boolean> {
    if (!ORIGIN.test(origin)) return false;
    const key = `${tenant}\n${origin}`;
    const cached = this.cache.get(key);
    if (cached) return cached.isRegistered;
    const isRegistered = await this.auth.isRegisteredOrigin(tenant, origin).catch(() => undefined);
    if (isRegistered === undefined) return false;
    this.cache.set(key, { isRegistered }, { ttl: isRegistered ? KEPT_MS : UNKNOWN_KEPT_MS });
    return isRegistered;
  }
}
