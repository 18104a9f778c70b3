import { type Endpoints, notFound, servedTypes, TENANT_ID } from '@patient-access/fhir';
import { LRUCache } from 'lru-cache';
import type { AuthClient } from '../auth-client/auth-client.ts';

const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;
const MAX_TENANTS = 1_000;

interface TenantEntry {
  /** the tenant's SMART configuration as JSON; undefined if there is no such tenant */
  smartConfiguration: string | undefined;
  isPreview: boolean;
}

/** What a tenant's CapabilityStatement says in addition to the definitions. */
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

/** The tenants and their SMART configurations. auth-service knows them, and this keeps its answers for a minute. */
export class TenantDirectory {
  private readonly auth: AuthClient;
  private readonly cache = new LRUCache<string, TenantEntry>({ max: MAX_TENANTS, ttl: KNOWN_MS });

  constructor(auth: AuthClient) {
    this.auth = auth;
  }

  /**
   * @returns the tenant's SMART configuration, JSON
   * @throws OperationError 404 for an unknown tenant, with the same answer as for any unknown path; 503 when
   * auth-service does not answer
   */
  async require(tenant: string): Promise<string> {
    const { smartConfiguration } = await this.find(tenant);
    if (smartConfiguration === undefined) throw notFound();
    return smartConfiguration;
  }

  /**
   * Does the tenant have a sandbox, in which apps may set faults? Discovery alone decides this, and never a token.
   */
  async isPreview(tenant: string): Promise<boolean> {
    return (await this.find(tenant)).isPreview;
  }

  /** @throws OperationError 404 for a text that is not a tenant id, 503 when auth-service does not answer */
  private async find(tenant: string): Promise<TenantEntry> {
    if (!TENANT_ID.test(tenant)) throw notFound();
    return this.cache.get(tenant) ?? this.ask(tenant);
  }

  private async ask(tenant: string): Promise<TenantEntry> {
    const smartConfiguration = await this.auth.smartConfiguration(tenant);
    const isPreview = smartConfiguration !== undefined && hasSandbox(smartConfiguration);
    const entry = { smartConfiguration, isPreview };
    this.cache.set(tenant, entry, { ttl: smartConfiguration === undefined ? UNKNOWN_MS : KNOWN_MS });
    return entry;
  }
}
