import { Accounts } from '../domain/accounts/accounts.ts';
import { Consents } from '../domain/consent/consents.ts';
import type { ChangeFeed } from '../domain/changes/feed.ts';
import { openIdentityProvider } from '../egress/identity-provider.ts';
import type { PrismaClient, Tenant } from '../generated/client.ts';
import { masterKeys } from '../config.ts';
import { Launches } from '../domain/launch/launches.ts';
import { loadSigningKeys } from '../domain/keys/signing-keys.ts';
import { SandboxSwitches } from '../domain/sandbox/switches.ts';
import { statementSigner } from './introspection/jwt-signer.ts';
import { SecondFactors } from '../domain/second-factor/second-factors.ts';
import { Throttle } from '../domain/throttle/throttle.ts';
import { tenantUrls } from '../domain/urls.ts';
import type { RenderErrorPage } from './endpoints/error-page.ts';
import { createProvider } from './provider.ts';
import type { SmartProvider } from './smart-provider.ts';
import { TenantSettings } from '../domain/tenant/settings.ts';
import type { Services, TenantContext } from '../domain/tenant/tenant.ts';

/** A tenant's authorization server, ready to answer. */
export interface TenantServer {
  tenant: TenantContext;
  provider: SmartProvider;
  handle: ReturnType<SmartProvider['callback']>;
  signStatement: ReturnType<typeof statementSigner>;
  /** when its keys change, in milliseconds since the epoch: then another one takes over */
  until: number;
}

/**
 * The tenants' authorization servers, made when they are first asked for and again after every change of the tenant or
 * its keys: neither needs a restart. Requests under way end on the server that they began on.
 */
export class Tenants {
  private readonly services: Services;
  private readonly prisma: PrismaClient;
  private readonly renderErrorPage: RenderErrorPage;
  private readonly servers = new Map<string, Promise<TenantServer>>();

  /** @param renderErrorPage shows an error of the authorization server to a person */
  constructor(services: Services, prisma: PrismaClient, feed: ChangeFeed, renderErrorPage: RenderErrorPage) {
    this.services = services;
    this.renderErrorPage = renderErrorPage;
    this.prisma = prisma;
    feed.on('tenant', (id) => this.servers.delete(id)).on('lost', () => this.servers.clear());
  }

  /** @returns undefined when there is no such tenant, which is asked anew each time */
  async get(id: string): Promise<TenantServer | undefined> {
    const known = this.servers.get(id);
    const server = await known;
    if (server && Date.now() < server.until) return server;
    if (this.servers.get(id) === known) this.servers.delete(id);
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(id)) return undefined;
    const row = await this.prisma.tenant.findUnique({ where: { id } });
    if (!row) return undefined;
    const opened = this.servers.get(id) ?? this.open(row);
    this.servers.set(id, opened);
    // A failure (database, key) is not kept: the next request tries again.
    opened.catch(() => this.servers.delete(id));
    return opened;
  }

  private async open(row: Tenant): Promise<TenantServer> {
    const { config, pool } = this.services;
    const { id, name, kind, registration, changedAt, suspendedAt } = row;
    const settings = TenantSettings.parse(row.settings);
    const { keys, until } = await loadSigningKeys(this.prisma, masterKeys(config), id);
    const tenant: TenantContext = {
      ...tenantUrls(config.PUBLIC_URL, id),
      id,
      name,
      kind: kind as TenantContext['kind'],
      registration: registration as TenantContext['registration'],
      settings,
      changedAt: changedAt.toISOString(),
      suspended: suspendedAt !== null,
      jwks: keys,
      accounts: new Accounts(pool, id),
      consents: new Consents(pool, id),
      launches: new Launches(pool, id),
      throttle: new Throttle(pool, id),
      secondFactors: new SecondFactors(pool, config.KEY_ENCRYPTION_KEY, id),
      sandbox: kind === 'preview' ? new SandboxSwitches(pool, id) : undefined,
      identityProvider: openIdentityProvider(config, { id, kind: row.kind, federation: settings.federation }),
    };
    const provider = createProvider(this.services, tenant, this.renderErrorPage);
    const signStatement = statementSigner(tenant.issuer, keys);
    return { tenant, provider, handle: provider.callback(), signStatement, until };
  }
}
