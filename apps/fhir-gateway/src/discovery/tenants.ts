import { type Endpoints, notFound, servedTypes, unavailable } from '@patient-access/fhir';
import type { Pool } from 'undici';

const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;
const MAX_CACHED = 1_000;

interface Cached {
  /** the tenant's SMART configuration as JSON; undefined: no such tenant */
  smartConfiguration: string | undefined;
  preview: boolean;
  /** milliseconds since the epoch */
  until: number;
}

/** What a tenant's CapabilityStatement says beside the definitions. */
interface Offered {
  types: string[];
  endpoints: Endpoints;
}

/**
 * Read out of its discovery document: a type that no scope names cannot be had there.
 *
 * @param smartConfiguration JSON
 */
export function offeredBy(smartConfiguration: string): Offered {
  const document = JSON.parse(smartConfiguration) as Record<string, string> & { scopes_supported?: string[] };
  const scopes = document.scopes_supported ?? [];
  return {
    types: servedTypes.filter((type) => scopes.some((scope) => scope.startsWith(`patient/${type}.`))),
    endpoints: {
      authorize: document['authorization_endpoint'],
      token: document['token_endpoint'],
      register: document['registration_endpoint'],
      manage: document['management_endpoint'],
      introspect: document['introspection_endpoint'],
      revoke: document['revocation_endpoint'],
    },
  };
}

const hasSandbox = (smartConfiguration: string): boolean =>
  'sandbox_endpoint' in (JSON.parse(smartConfiguration) as object);

/** Which tenants there are, and their SMART discovery documents: auth-service knows, this remembers for a minute. */
export class Tenants {
  private readonly auth: Pool;
  private readonly cache = new Map<string, Cached>();

  constructor(auth: Pool) {
    this.auth = auth;
  }

  /**
   * @returns its SMART configuration
   * @throws OperationError 404 for an unknown tenant: the same answer as any unknown path
   */
  async require(tenant: string): Promise<string> {
    const { smartConfiguration } = await this.find(tenant);
    if (smartConfiguration === undefined) throw notFound();
    return smartConfiguration;
  }

  /** Has the tenant a sandbox, in which apps may ask to be treated badly? No statement about a token can say so. */
  async isPreview(tenant: string): Promise<boolean> {
    return (await this.find(tenant)).preview;
  }

  /** @throws OperationError 404 for what is no tenant's id, 503 when auth-service cannot say */
  private async find(tenant: string): Promise<Cached> {
    if (!TENANT_ID.test(tenant)) throw notFound();
    let cached = this.cache.get(tenant);
    if (!cached || cached.until < Date.now()) {
      cached = await this.ask(tenant);
      if (this.cache.size >= MAX_CACHED) this.cache.clear();
      this.cache.set(tenant, cached);
    }
    return cached;
  }

  private async ask(tenant: string): Promise<Cached> {
    try {
      const { statusCode, body } = await this.auth.request({
        path: `/${tenant}/smart-configuration`,
        method: 'GET',
      });
      const text = await body.text();
      const until = Date.now() + (statusCode === 200 ? KNOWN_MS : UNKNOWN_MS);
      if (statusCode === 200) return { smartConfiguration: text, preview: hasSandbox(text), until };
      if (statusCode === 404) return { smartConfiguration: undefined, preview: false, until };
      throw new Error(`discovery answered ${statusCode}`);
    } catch (error) {
      throw unavailable(error);
    }
  }
}
