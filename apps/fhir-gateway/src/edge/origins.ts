import type { Pool } from 'undici';
import { gatewayCredential } from '../identity/credential.ts';

const CACHED_MS = 60_000;
const MAX_CACHED = 10_000;
/** scheme, host and port (RFC 6454 section 7); anything else is not worth a question */
const ORIGIN = /^https?:\/\/[a-z0-9.[\]:-]{1,253}$/;

/** Whose browser pages may call a tenant's FHIR API: origins of registered clients (SMART checklist item 100). */
export class Origins {
  private readonly auth: Pool;
  private readonly authorization: string;
  private readonly cache = new Map<string, { registered: boolean; until: number }>();

  constructor(auth: Pool, secret: string) {
    this.auth = auth;
    this.authorization = gatewayCredential(secret);
  }

  /** @returns false too when auth-service cannot say: a page that may not read an answer is shown none */
  async isRegistered(tenant: string, origin: string): Promise<boolean> {
    if (!ORIGIN.test(origin)) return false;
    const key = `${tenant}\n${origin}`;
    const cached = this.cache.get(key);
    if (cached && cached.until > Date.now()) return cached.registered;
    const registered = await this.ask(tenant, origin).catch(() => undefined);
    if (registered === undefined) return false;
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    this.cache.set(key, { registered, until: Date.now() + CACHED_MS });
    return registered;
  }

  private async ask(tenant: string, origin: string): Promise<boolean | undefined> {
    const { statusCode, body } = await this.auth.request({
      path: `/internal/${encodeURIComponent(tenant)}/origins?origin=${encodeURIComponent(origin)}`,
      method: 'GET',
      headers: { authorization: this.authorization },
    });
    await body.dump();
    return statusCode === 204 ? true : statusCode === 404 ? false : undefined;
  }
}
