import { type Endpoints, noSuchAddress, TENANT_ID } from '@patient-access/fhir';
import type { PlanDescription } from '@patient-access/internal-api';
import { typesOffered } from '@patient-access/openapi';
import { LRUCache } from 'lru-cache';
import type { AuthClient } from '../auth-client/auth-client.ts';

const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;
const MAX_TENANTS = 1_000;

/** What is known of a tenant. */
export interface TenantEntry {
  /** the tenant's SMART configuration as JSON */
  smartConfiguration: string;
  plan: PlanDescription;
  isPreview: boolean;
}

/** In the cache, for a tenant that does not exist. */
const UNKNOWN = { unknown: true } as const;

/** What a CapabilityStatement says of its tenant, in addition to the definitions. */
interface TenantCapabilities {
  types: string[];
  endpoints: Endpoints;
}

/**
 * Reads from a SMART configuration what a tenant offers. It does not offer a type that none of its scopes names.
 *
 * @param smartConfiguration JSON
 */
export function capabilitiesIn(smartConfiguration: string): TenantCapabilities {
  const document = JSON.parse(smartConfiguration) as Record<string, string> & { scopes_supported?: string[] };
  return {
    types: typesOffered(document),
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

/** The tenants and what they offer. auth-service knows them, and this keeps its answers for a minute. */
export class TenantDirectory {
  private readonly auth: AuthClient;
  private readonly cache = new LRUCache<string, TenantEntry | typeof UNKNOWN>({
    max: MAX_TENANTS,
    ttl: KNOWN_MS,
  });
  private readonly asked = new Map<string, Promise<TenantEntry | typeof UNKNOWN>>();

  constructor(auth: AuthClient) {
    this.auth = auth;
  }

  /**
   * @returns what is known of the tenant
   * @throws OperationError 404 for an unknown tenant: the same answer as for any unknown path; 503 when auth-service
   *   cannot say
   */
  async require(tenant: string): Promise<TenantEntry> {
    const entry = await this.find(tenant);
    if ('unknown' in entry) throw noSuchAddress();
    return entry;
  }

  /** Is there such a tenant, as far as was asked lately? */
  isKnown(tenant: string): boolean {
    const entry = this.cache.peek(tenant);
    return entry !== undefined && !('unknown' in entry);
  }

  /**
   * Does the tenant have a sandbox, in which apps may set faults? Discovery alone decides this, and never a token.
   */
  async isPreview(tenant: string): Promise<boolean> {
    const entry = await this.find(tenant);
    return 'isPreview' in entry && entry.isPreview;
  }

  /** @throws OperationError 404 for what is no tenant's id, 503 when auth-service cannot say */
  private async find(tenant: string): Promise<TenantEntry | typeof UNKNOWN> {
    if (!TENANT_ID.test(tenant)) throw noSuchAddress();
    return this.cache.get(tenant) ?? this.ask(tenant);
  }

  /** Requests that come together share one question: after an outage of auth-service, all requests of a plan need the answer. */
  private ask(tenant: string): Promise<TenantEntry | typeof UNKNOWN> {
    const asked = this.asked.get(tenant) ?? this.lookUp(tenant).finally(() => this.asked.delete(tenant));
    this.asked.set(tenant, asked);
    return asked;
  }

  private async lookUp(tenant: string): Promise<TenantEntry | typeof UNKNOWN> {
    const smartConfiguration = await this.auth.smartConfiguration(tenant);
    if (smartConfiguration === undefined) {
      this.cache.set(tenant, UNKNOWN, { ttl: UNKNOWN_MS });
      return UNKNOWN;
    }
    const plan = await this.auth.plan(tenant);
    const entry = { smartConfiguration, plan, isPreview: hasSandbox(smartConfiguration) };
    this.cache.set(tenant, entry);
    return entry;
  }
}
