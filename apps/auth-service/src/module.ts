import {
  type DynamicModule,
  Inject,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { createPool } from '@patient-access/database';
import { CONSENT_TOPIC } from '@patient-access/events';
import { openFactPublisher, openOutbox } from '@patient-access/outbox';
import {
  denyByDefault,
  HealthController,
  type Logger,
  METRICS,
  Metrics,
  MetricsController,
  READINESS,
  type Readiness,
} from '@patient-access/platform';
import { AdministratorStrategy } from './web/admin/administrator.strategy.ts';
import { ClientsController } from './web/admin/clients.controller.ts';
import { createPrisma } from './domain/database.ts';
import { ConsoleLoginController } from './web/auditors/console-login.controller.ts';
import { AuditorSessionController } from './web/auditors/auditor-session.controller.ts';
import { DeniedAttemptsController } from './web/denied-attempts/denied-attempts.controller.ts';
import type { AuthConfig } from './config.ts';
import { BrandsController } from './web/brands/brands.controller.ts';
import { OriginsController } from './web/origins/origins.controller.ts';
import { DiscoveryController } from './web/discovery/discovery.controller.ts';
import { FederationController } from './web/federation/federation.controller.ts';
import { FederationStrategy } from './web/federation/federation.strategy.ts';
import { GATEWAY, GatewayStrategy } from './web/gateway/gateway.strategy.ts';
import { InteractionController } from './web/interaction/interaction.controller.ts';
import { GrantUse } from './domain/consent/grant-use.ts';
import { ConsentPublisher } from './domain/consent/publish-consents.ts';
import { deriveKey } from './domain/keys/secrets.ts';
import { AccessController } from './web/member-pages/access.controller.ts';
import { AppsController } from './web/member-pages/apps.controller.ts';
import { SessionController } from './web/member-pages/session.controller.ts';
import { ProofsController } from './web/proofs/proofs.controller.ts';
import { sweep } from './domain/grants/records.ts';
import { ReceiptController } from './web/receipt/receipt.controller.ts';
import { SandboxController } from './web/sandbox/sandbox.controller.ts';
import { SecurityController } from './web/second-factor/security.controller.ts';
import { SHARED_SERVICES, type SharedServices } from './provider/shared-services.ts';
import { IntrospectionJwtController } from './web/introspection-jwt/introspection-jwt.controller.ts';
import { renderErrorPage } from './web/pages/error.ts';
import { SmartStyleController } from './web/smart-style/smart-style.controller.ts';
import { Tenants } from './provider/tenants.ts';
import { ChangeFeed } from './domain/changes/change-feed.ts';
import { RevocationsController } from './web/revocations/revocations.controller.ts';

const CONNECTIONS = 16;
const SWEEP_MS = 60_000;

@Module({})
class AuthModule implements OnApplicationShutdown {
  private readonly services: SharedServices;
  private readonly feed: ChangeFeed;
  private readonly teller: ConsentPublisher;
  private readonly sweeping: NodeJS.Timeout;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices, feed: ChangeFeed, teller: ConsentPublisher) {
    this.services = services;
    this.feed = feed;
    this.teller = teller;
    this.sweeping = setInterval(() => void sweep(services.pool).catch(() => undefined), SWEEP_MS).unref();
  }

  /** Streams end first, or the server would wait for them. */
  beforeApplicationShutdown(): void {
    clearInterval(this.sweeping);
    this.feed.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.teller.stop();
    await this.services.grantUse.stop();
    await this.services.outbox.close();
    await this.services.pool.end();
  }
}

async function openServices(
  config: Readonly<AuthConfig>,
  logger: Logger,
  metrics: Metrics,
): Promise<SharedServices> {
  const pool = await createPool(config.DATABASE_URL, { max: CONNECTIONS });
  const outbox = await openOutbox(config, 'auth-service', logger, metrics);
  const key = (purpose: string) => deriveKey(config.KEY_ENCRYPTION_KEY, purpose);
  const keys = { formKey: key('forms'), throttleKey: key('throttle') };
  return { config, pool, outbox, grantUse: new GrantUse(pool), logger, ...keys };
}

function startTelling({ pool, logger }: SharedServices, config: Readonly<AuthConfig>): ConsentPublisher {
  const url =
    config.COVERAGE_URL === undefined ? undefined : new URL('/internal/consents', config.COVERAGE_URL);
  const publisher = openFactPublisher(config, { topic: CONSENT_TOPIC, url }, 'auth-service');
  return new ConsentPublisher({ pool, publisher, logger, ...config });
}

/** Without a secret there is no administration over HTTP, not even to be refused. */
function administration(
  secret: string | undefined,
): Required<Pick<ModuleMetadata, 'providers' | 'controllers'>> {
  if (secret === undefined) return { providers: [], controllers: [] };
  const strategy = { provide: AdministratorStrategy, useFactory: () => new AdministratorStrategy(secret) };
  return { providers: [strategy], controllers: [ClientsController] };
}

/** The one module of the service. */
export async function authModule(config: Readonly<AuthConfig>, logger: Logger): Promise<DynamicModule> {
  const metrics = new Metrics();
  const services = await openServices(config, logger, metrics);
  const feed = new ChangeFeed(services.pool, logger);
  await feed.start();
  const readiness: Readiness = {
    database: () => services.pool.query('SELECT 1'),
    revocations: () => (feed.listening ? Promise.resolve() : Promise.reject(new Error('not listening'))),
  };
  const providers: Provider[] = [
    { provide: SHARED_SERVICES, useValue: services },
    { provide: ChangeFeed, useValue: feed },
    { provide: ConsentPublisher, useValue: startTelling(services, config) },
    { provide: Tenants, useValue: new Tenants(services, createPrisma(services.pool), feed, renderErrorPage) },
    { provide: GatewayStrategy, useFactory: () => new GatewayStrategy(config.GATEWAY_CLIENT_SECRET) },
    FederationStrategy,
    { provide: READINESS, useValue: readiness },
    { provide: METRICS, useValue: metrics },
    { provide: APP_GUARD, useClass: denyByDefault(GATEWAY) },
  ];
  const pages = [
    ...[InteractionController, FederationController],
    ...[AppsController, AccessController, ConsoleLoginController, SecurityController, SessionController],
    ReceiptController,
  ];
  const admin = administration(config.ADMIN_SECRET);
  const apps = [DiscoveryController, BrandsController, SmartStyleController, SandboxController];
  const internal = [
    ...[RevocationsController, DeniedAttemptsController, OriginsController, AuditorSessionController],
    ...[ProofsController, IntrospectionJwtController],
  ];
  const platform = [HealthController, MetricsController];
  return {
    module: AuthModule,
    providers: [...providers, ...admin.providers],
    controllers: [...pages, ...apps, ...internal, ...platform, ...admin.controllers],
  };
}
