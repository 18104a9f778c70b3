import { notFound, unavailable } from '@patient-access/fhir';
import type { Pool } from 'undici';

const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;
const MAX_CACHED = 1_000;

interface Cached {
  /** the tenant's SMART configuration as JSON; undefined: no such tenant */
  smartConfiguration: string | undefined;
  /** milliseconds since the epoch */
  until: number;
}

/** Which tenants there are, and their SMART discovery documents: auth-service knows, this remembers for a minute. */
export class Tenants {
  private readonly auth: Pool;
  private readonly cache = new Map<string, Cached>();

  constructor(auth: Pool) {
    this.auth = auth;
  }

  /** @throws OperationError 404 for an unknown tenant: the same answer as any unknown path */
  async require(tenant: string): Promise<string> {
    if (!TENANT_ID.test(tenant)) throw notFound();
    let cached = this.cache.get(tenant);
    if (!cached || cached.until < Date.now()) {
      cached = await this.ask(tenant);
      if (this.cache.size >= MAX_CACHED) this.cache.clear();
      this.cache.set(tenant, cached);
    }
    if (cached.smartConfiguration === undefined) throw notFound();
    return cached.smartConfiguration;
  }

  private async ask(tenant: string): Promise<Cached> {
    try {
      const { statusCode, body } = await this.auth.request({
        path: `/${tenant}/smart-configuration`,
        method: 'GET',
      });
      const text = await body.text();
      if (statusCode === 200) return { smartConfiguration: text, until: Date.now() + KNOWN_MS };
      if (statusCode === 404) return { smartConfiguration: undefined, until: Date.now() + UNKNOWN_MS };
      throw new Error(`discovery answered ${statusCode}`);
    } catch (error) {
      throw unavailable(error);
    }
  }
}
