import { TENANT_ID } from '@patient-access/fhir';
import type { ChangeFeed } from '../domain/changes/change-feed.ts';
import { OwnRefusals } from '../domain/federation/own-refusals.ts';
import { createEgress } from '../egress/egress.ts';
import { JwksCache } from '../egress/jwks-cache.ts';
import { type IdentityProvider, openIdentityProvider } from '../egress/identity-provider.ts';
import type { PrismaClient, Tenant as TenantRow } from '../generated/client.ts';
import { type AuthConfig, sendsMail } from '../config.ts';
import { loadSigningKeys, type SigningJwk } from '../domain/keys/signing-keys.ts';
import { introspectionJwtSigner } from './introspection/jwt-signer.ts';
import { mayReachLoopback } from '../domain/clients/keys.ts';
import { tenantUrls } from '../domain/urls.ts';
import type { RenderErrorPage } from './endpoints/error-page.ts';
import { createProvider } from './provider.ts';
import type { SmartProvider } from './smart-provider.ts';
import { TenantSettings } from '../domain/tenant/settings.ts';
import { openTenantStores, type TenantStores } from '../domain/stores/tenant-stores.ts';
import type { SharedServices } from './shared-services.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';

/** A tenant's authorization server. */
export interface TenantServer {
  tenant: Tenant;
  stores: TenantStores;
  /** the private keys with which it signs */
  keys: SigningJwk[];
  /** the plan's identity provider, where members log in instead or as well */
  identityProvider?: IdentityProvider;
  /** which refused logins, there and of names that nobody has, have an event of their own */
  ownRefusals: OwnRefusals;
  /** the published keys of those whose software statements the plan takes */
  statementKeys: JwksCache;
  provider: SmartProvider;
  handle: ReturnType<SmartProvider['callback']>;
  signIntrospectionJwt: ReturnType<typeof introspectionJwtSigner>;
  /** when its keys change, in milliseconds since the epoch; a new server replaces it then */
  until: number;
}

/** Where no mail can be sent, no page offers one. */
function settingsOf({ settings }: TenantRow, config: Readonly<AuthConfig>): TenantSettings {
  const { mail, ...others } = TenantSettings.parse(settings);
  return sendsMail(config) && mail ? { ...others, mail } : others;
}

function tenantOf(row: TenantRow, config: Readonly<AuthConfig>): Tenant {
  const { id, name, kind, registration, changedAt, suspendedAt } = row;
  return {
    ...tenantUrls(config.PUBLIC_URL, id),
    id,
    name,
    kind: kind as Tenant['kind'],
    registration: registration as Tenant['registration'],
    settings: settingsOf(row, config),
    changedAt: changedAt.toISOString(),
    suspended: suspendedAt !== null,
  };
}

/**
 * The tenants' authorization servers. Each is created for its first request, and again after every change of the
 * tenant or its keys, so no change needs a restart. A request ends on the server on which it began.
 */
export class Tenants {
  private readonly services: SharedServices;
  private readonly prisma: PrismaClient;
  private readonly renderErrorPage: RenderErrorPage;
  private readonly servers = new Map<string, Promise<TenantServer>>();
  /** how often something has changed, or may have */
  private changes = 0;

  /** @param renderErrorPage shows an error of the authorization server to a person */
  constructor(
    services: SharedServices,
    prisma: PrismaClient,
    feed: ChangeFeed,
    renderErrorPage: RenderErrorPage,
  ) {
    this.services = services;
    this.renderErrorPage = renderErrorPage;
    this.prisma = prisma;
    const changed = () => (this.changes += 1);
    feed.on('tenant', changed).on('lost', changed);
    feed.on('tenant', (id) => this.servers.delete(id)).on('lost', () => this.servers.clear());
  }

  /** @returns undefined when there is no such tenant; that is not cached */
  async get(id: string): Promise<TenantServer | undefined> {
    const known = this.servers.get(id);
    const server = await known;
    if (server && Date.now() < server.until) return server;
    if (this.servers.get(id) === known) this.servers.delete(id);
    const row = await this.find(id);
    if (!row) return undefined;
    const opened = this.servers.get(id) ?? this.open(row);
    this.servers.set(id, opened);
    // A failure (database, key) is not cached: the next request tries again.
    opened.catch(() => this.servers.delete(id));
    return opened;
  }

  /** @returns whether there is such a tenant; its server may be one that cannot be opened */
  async exists(id: string): Promise<boolean> {
    return this.servers.has(id) || (await this.find(id)) !== undefined;
  }

  private async find(id: string): Promise<TenantRow | undefined> {
    const row = TENANT_ID.test(id) ? await this.read(id) : null;
    return row && !row.deletedAt ? row : undefined;
  }

  /** A notice of a change may overtake an older row on its way here, and none comes after it. */
  private async read(id: string): Promise<TenantRow | null> {
    for (;;) {
      const before = this.changes;
      const row = await this.prisma.tenant.findUnique({ where: { id } });
      if (this.changes === before) return row;
    }
  }

  private openStatementKeys(tenant: Tenant): JwksCache {
    const uris = tenant.settings.softwareStatements.flatMap(({ jwks_uri: uri }) => uri ?? []);
    const hosts = new Set(uris.map((uri) => new URL(uri).host));
    return new JwksCache(createEgress({ loopback: mayReachLoopback(tenant), hosts }), (url, err) => {
      const { host } = new URL(url);
      this.services.logger.warn({ err, host }, 'the keys of an issuer of software statements');
    });
  }

  private async open(row: TenantRow): Promise<TenantServer> {
    const { config, pool } = this.services;
    const tenant = tenantOf(row, config);
    const { keys, until } = await loadSigningKeys(this.prisma, config.KEY_ENCRYPTION_KEY, tenant.id);
    const stores = openTenantStores(pool, config.KEY_ENCRYPTION_KEY, tenant);
    const signIntrospectionJwt = introspectionJwtSigner(tenant.issuer, keys);
    const { federation } = tenant.settings;
    const identityProvider = openIdentityProvider(config, { ...tenant, federation });
    const own = { tenant, stores, keys, identityProvider };
    const provider = createProvider(this.services, own, this.renderErrorPage);
    return {
      tenant,
      stores,
      keys,
      identityProvider,
      ownRefusals: new OwnRefusals(),
      statementKeys: this.openStatementKeys(tenant),
      provider,
      handle: provider.callback(),
      signIntrospectionJwt,
      until,
    };
  }
}
