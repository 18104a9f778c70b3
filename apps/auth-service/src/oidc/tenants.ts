import { Accounts } from '../accounts/accounts.ts';
import { Consents } from '../consent/consents.ts';
import type { PrismaClient } from '../generated/client.ts';
import { loadSigningKeys } from '../keys/signing-keys.ts';
import { tenantUrls } from '../urls.ts';
import { createProvider } from './provider.ts';
import type { SmartProvider } from './smart-provider.ts';
import type { Services, TenantContext } from './tenant.ts';

/** A tenant's authorization server, ready to answer. */
export interface TenantServer {
  tenant: TenantContext;
  provider: SmartProvider;
  handle: ReturnType<SmartProvider['callback']>;
}

/** The tenants' authorization servers, made when they are first asked for: a new tenant needs no restart. */
export class Tenants {
  private readonly services: Services;
  private readonly prisma: PrismaClient;
  private readonly servers = new Map<string, Promise<TenantServer>>();

  constructor(services: Services, prisma: PrismaClient) {
    this.services = services;
    this.prisma = prisma;
  }

  /** @returns undefined when there is no such tenant, which is asked anew each time */
  async get(id: string): Promise<TenantServer | undefined> {
    const known = this.servers.get(id);
    if (known) return known;
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(id)) return undefined;
    const row = await this.prisma.tenant.findUnique({ where: { id } });
    if (!row) return undefined;
    const opened = this.servers.get(id) ?? this.open(id, row.name, row.registration);
    this.servers.set(id, opened);
    // A failure (database, key) is not kept: the next request tries again.
    opened.catch(() => this.servers.delete(id));
    return opened;
  }

  private async open(id: string, name: string, registration: string): Promise<TenantServer> {
    const { config, pool } = this.services;
    const tenant: TenantContext = {
      ...tenantUrls(config.PUBLIC_URL, id),
      id,
      name,
      registration: registration as TenantContext['registration'],
      jwks: await loadSigningKeys(this.prisma, config.KEY_ENCRYPTION_KEY, id),
      accounts: new Accounts(this.prisma, id),
      consents: new Consents(pool, id),
    };
    const provider = createProvider(this.services, tenant);
    return { tenant, provider, handle: provider.callback() };
  }
}
