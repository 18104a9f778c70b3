import { LRUCache } from 'lru-cache';
import type { AuthClient } from '../auth-client/auth-client.ts';

const KEPT_MS = 60_000;
const MAX_ORIGINS = 10_000;
/** scheme, host and port (RFC 6454 section 7); auth-service is not asked about anything else */
const ORIGIN = /^https?:\/\/[a-z0-9.[\]:-]{1,253}$/;

/** Whose browser pages may call a tenant's FHIR API: origins of registered clients (SMART checklist item 100). */
export class RegisteredOrigins {
  private readonly auth: AuthClient;
  private readonly cache = new LRUCache<string, { isRegistered: boolean }>({
    max: MAX_ORIGINS,
    ttl: KEPT_MS,
  });

  constructor(auth: AuthClient) {
    this.auth = auth;
  }

  /** @returns false too when auth-service cannot say: a page that may not read an answer gets none */
  async isRegistered(tenant: string, origin: string): Promise<boolean> {
    if (!ORIGIN.test(origin)) return false;
    const key = `${tenant}\n${origin}`;
    const cached = this.cache.get(key);
    if (cached) return cached.isRegistered;
    const isRegistered = await this.auth.isRegisteredOrigin(tenant, origin).catch(() => undefined);
    if (isRegistered === undefined) return false;
    this.cache.set(key, { isRegistered });
    return isRegistered;
  }
}
