import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { Owner } from '@patient-access/fhir';
import { REUSE } from '@patient-access/internal-api';
import {
  ATTEMPT_RULES,
  denyByDefault,
  HealthController,
  type Logger,
  METRICS,
  Metrics,
  READINESS,
} from '@patient-access/platform';
import type { ServiceTls } from '@patient-access/platform/service-tls';
import { DATA_SERVICES, urlSetting } from '@patient-access/topology';
import { Pool } from 'undici';
import type { z } from 'zod';
import { AuthClient } from './auth-client/auth-client.ts';
import type { GatewaySettings } from './config.ts';
import { DEVELOPERS_URL, GatewayDiscoveryController, PUBLIC_URL } from './discovery/discovery.controller.ts';
import { PublicErrors } from './edge/public-errors.filter.ts';
import { EntranceController } from './discovery/entrance.controller.ts';
import { ErrorsController } from './discovery/errors.controller.ts';
import { FaviconController } from './discovery/favicon.controller.ts';
import { SECURITY_CONTACT, SecurityContactController } from './discovery/security-contact.controller.ts';
import { TenantDirectory } from './discovery/tenant-directory.ts';
import { WellKnownController } from './discovery/well-known.controller.ts';
import { gatewayAttempts } from './edge/attempts.ts';
import { RegisteredOrigins } from './edge/registered-origins.ts';
import { FhirController } from './fhir/fhir.controller.ts';
import { BEARER, BearerStrategy } from './identity/bearer.strategy.ts';
import { DpopVerifier } from './identity/dpop.ts';
import { IntrospectionCache } from './identity/introspection-cache.ts';
import { RevocationListener } from './identity/revocation-listener.ts';
import { SessionStrategy } from './identity/session.strategy.ts';
import { AUTH_POOL, AuthProxyController } from './proxy/auth.controller.ts';
import { Bulkhead } from './proxy/bulkhead.ts';
import { ConsoleProxyController } from './proxy/console.controller.ts';
import { OwnerClient } from './proxy/owner-client.ts';
import { PublicationController } from './publications/publication.controller.ts';
import { PublicationCredentials } from './publications/publication-credentials.ts';
import { PublicationMetadataController } from './publications/publication-metadata.controller.ts';
import { PublicationStrategy } from './publications/publication.strategy.ts';
import { LiveGateways } from './quotas/live-gateways.ts';
import { Quotas } from './quotas/quotas.ts';

/** Security rule D25: the gateway gives up on a service that does not answer in time. */
const UPSTREAM = { connections: 64, connectTimeout: 1_000, headersTimeout: 5_000, bodyTimeout: 5_000 };

type Config = Readonly<z.infer<typeof GatewaySettings>>;

interface Pools {
  /** to auth-service, for what the gateway itself asks */
  auth: Pool;
  /** to auth-service, for what is passed on: strangers who ask for slow pages take no connection by which tokens are checked */
  pages: Pool;
  owners: Record<Owner, Pool>;
}

/** @param tls how services are called; undefined: without TLS */
function openPools(config: Config, tls: ServiceTls | undefined): Pools {
  const options = { ...UPSTREAM, ...REUSE, ...(tls && { connect: tls.connector(UPSTREAM.connectTimeout) }) };
  const owners = DATA_SERVICES.map((service) => [service, new Pool(config[urlSetting(service)], options)]);
  return {
    auth: new Pool(config.AUTH_URL, options),
    pages: new Pool(config.AUTH_URL, options),
    owners: Object.fromEntries(owners) as Record<Owner, Pool>,
  };
}

function openQuotas(config: Config, gateways: LiveGateways, metrics: Metrics): Quotas {
  const limits = {
    grant: config.QUOTA_GRANT,
    app: config.QUOTA_APP,
    plan: config.QUOTA_PLAN,
    address: config.QUOTA_ADDRESS,
    published: config.QUOTA_PUBLISHED,
  };
  const count = metrics.count(
    'gateway_quota_refusals_total',
    'Requests that were too many in a minute, by whose quota was used up.',
    ['quota'],
  );
  return new Quotas(limits, gateways, (quota) => count({ quota }));
}

/** Creates everything that the gateway works with, in this order. */
function openGateway(config: Config, logger: Logger, tls: ServiceTls | undefined) {
  const metrics = new Metrics();
  const gateways = new LiveGateways();
  const quotas = openQuotas(config, gateways, metrics);
  const pools = openPools(config, tls);
  const auth = new AuthClient(pools.auth, config.GATEWAY_CLIENT_SECRET[0], UPSTREAM.connections - 1);
  const tenants = new TenantDirectory(auth);
  const introspection = new IntrospectionCache(auth, config.PUBLIC_URL);
  const attempts = gatewayAttempts(auth, tenants, config.DENIAL_REPORT_SECONDS, (error) =>
    logger.warn({ reason: String(error) }, 'attempts could not be reported yet'),
  );
  const dpop = new DpopVerifier(auth, config.PUBLIC_URL);
  const limits = {
    owner: config.OWNER_REQUESTS,
    tenant: config.TENANT_REQUESTS,
    grant: config.GRANT_REQUESTS,
  };
  const revocations = new RevocationListener(auth, introspection, gateways);
  describeGateway(metrics, revocations, gateways);
  return {
    pools,
    metrics,
    quotas,
    tenants,
    attempts,
    origins: new RegisteredOrigins(auth),
    owners: new OwnerClient(pools.owners, new Bulkhead(limits)),
    revocations,
    bearer: new BearerStrategy(tenants, introspection, dpop, quotas),
    session: new SessionStrategy(auth),
    publication: new PublicationStrategy(tenants, new PublicationCredentials(auth), quotas),
  };
}

const CONTROLLERS = [
  HealthController,
  EntranceController,
  ErrorsController,
  GatewayDiscoveryController,
  WellKnownController,
  SecurityContactController,
  FaviconController,
  FhirController,
  PublicationMetadataController,
  PublicationController,
  AuthProxyController,
  ConsoleProxyController,
];

const addresses = (config: Config) => [
  { provide: PUBLIC_URL, useValue: config.PUBLIC_URL },
  { provide: DEVELOPERS_URL, useValue: config.DEVELOPERS_URL },
  { provide: SECURITY_CONTACT, useValue: config.SECURITY_CONTACT },
];

function describeGateway(metrics: Metrics, revocations: RevocationListener, gateways: LiveGateways): void {
  metrics.gauge(
    'gateway_revocations_unheard_seconds',
    'For how long the gateway has not heard of revocations; 0 while it does.',
    () => revocations.unheardSeconds,
  );
  metrics.gauge(
    'gateway_live_replicas',
    'Gateways that live, by which each divides its quotas.',
    () => gateways.count,
  );
}

/** The one module of the gateway. */
export function gatewayModule(config: Config, logger: Logger, tls?: ServiceTls): DynamicModule {
  const opened = openGateway(config, logger, tls);
  const { pools, tenants, attempts, origins, owners, revocations, bearer, session, publication } = opened;
  const { metrics, quotas } = opened;
  void revocations.run();
  class GatewayModule {
    async onApplicationShutdown() {
      revocations.stop();
      await attempts.counter.stop();
      const all = [pools.auth, pools.pages, ...Object.values(pools.owners)];
      await Promise.allSettled(all.map((pool) => pool.destroy()));
    }
  }
  return {
    module: GatewayModule,
    controllers: CONTROLLERS,
    providers: [
      ...addresses(config),
      { provide: ATTEMPT_RULES, useValue: attempts },
      { provide: METRICS, useValue: metrics },
      { provide: AUTH_POOL, useValue: pools.pages },
      { provide: TenantDirectory, useValue: tenants },
      { provide: RegisteredOrigins, useValue: origins },
      { provide: OwnerClient, useValue: owners },
      { provide: Quotas, useValue: quotas },
      { provide: BearerStrategy, useValue: bearer },
      { provide: SessionStrategy, useValue: session },
      { provide: PublicationStrategy, useValue: publication },
      { provide: READINESS, useValue: { revocations: async () => revocations.assertHasListened() } },
      { provide: APP_FILTER, useValue: new PublicErrors(logger, config.PUBLIC_URL) },
      { provide: APP_GUARD, useClass: denyByDefault(BEARER) },
    ],
  };
}
