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
  private readonly asked = new Map<string, Promise<boolean | undefined>>();

  constructor(auth: AuthClient, keptMs = KEPT_MS) {
    this.auth = auth;
    this.keptMs = keptMs;
  }

  /**
   * After the minute for which an answer is kept, no page waits until auth-service has said again that its origin is registered.
   * So while auth-service does not answer, what it said last holds, and the page learns at once when to come again. To read
   * anything it needs a token all the same.
   */
  async isRegistered(tenant: string, origin: string): Promise<boolean> {
    if (!ORIGIN.test(origin)) return false;
    const cached = this.cache.get(keyOf(tenant, origin));
    if (cached) return cached.isRegistered;
    const asked = this.ask(tenant, origin);
    return this.wasRegistered(tenant, origin) || ((await asked) ?? false);
  }

  /** Requests that come together share one question. @returns undefined while auth-service does not answer */
  private ask(tenant: string, origin: string): Promise<boolean | undefined> {
    const key = keyOf(tenant, origin);
    let asked = this.asked.get(key);
    if (!asked) {
      asked = this.auth
        .isRegisteredOrigin(tenant, origin)
        .then((isRegistered) => {
          this.cache.set(key, { isRegistered }, { ttl: isRegistered ? this.keptMs : UNKNOWN_KEPT_MS });
          return isRegistered;
        })
        .catch(() => undefined)
        .finally(() => this.asked.delete(key));
      this.asked.set(key, asked);
    }
    return asked;
  }

  /** @returns what auth-service said last, however long ago */
  wasRegistered(tenant: string, origin: string): boolean {
    return this.cache.get(keyOf(tenant, origin), { allowStale: true })?.isRegistered ?? false;
  }
}
