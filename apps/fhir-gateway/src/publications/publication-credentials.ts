import { noSuchAddress, type PublicationName, publicationTenant } from '@patient-access/fhir';
import { LRUCache } from 'lru-cache';
import type { AuthClient } from '../auth-client/auth-client.ts';
import { introspectedAt, type IntrospectedToken } from '../identity/introspected-token.ts';

/** Owners refuse an introspection JWT that is older than eight seconds. */
const KEPT_MS = 5_000;
const MAX_PUBLICATIONS = 1_000;

/** The credential of everybody for each publication, which auth-service signs. */
export class PublicationCredentials {
  private readonly auth: AuthClient;
  private readonly cache = new LRUCache<string, IntrospectedToken>({ max: MAX_PUBLICATIONS, ttl: KEPT_MS });
  private readonly pending = new Map<string, Promise<IntrospectedToken>>();

  constructor(auth: AuthClient) {
    this.auth = auth;
  }

  /** @throws OperationError 404 where the plan does not publish it (any more), 503 when auth-service cannot say */
  of(plan: string, name: PublicationName): Promise<IntrospectedToken> {
    const tenant = publicationTenant(plan, name);
    const kept = this.cache.get(tenant);
    if (kept) return Promise.resolve(kept);
    const asked = this.pending.get(tenant) ?? this.ask(plan, name, tenant);
    this.pending.set(tenant, asked);
    return asked;
  }

  private async ask(plan: string, name: PublicationName, tenant: string): Promise<IntrospectedToken> {
    try {
      const jwt = await this.auth.publication(plan, name);
      if (jwt === undefined) throw noSuchAddress();
      const credential = introspectedAt(tenant, jwt);
      this.cache.set(tenant, credential);
      return credential;
    } finally {
      this.pending.delete(tenant);
    }
  }
}
