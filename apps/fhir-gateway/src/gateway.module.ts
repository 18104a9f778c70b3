import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import {
  denyByDefault,
  HealthController,
  type Logger,
  OutcomeFilter,
  READINESS,
} from '@patient-access/platform';
import { DATA_SERVICES, urlSetting } from '@patient-access/topology';
import { Pool } from 'undici';
import type { z } from 'zod';
import { AuthController } from './proxy/auth.controller.ts';
import { BEARER, BearerStrategy } from './identity/bearer.strategy.ts';
import type { schema } from './config.ts';
import { ConsoleController } from './proxy/console.controller.ts';
import { DeniedAttempts } from './edge/denial-counter.ts';
import { ErrorsController } from './discovery/errors.controller.ts';
import { FhirController } from './fhir/fhir.controller.ts';
import { type Gateway, GATEWAY } from './proxy/gateway.ts';
import { Introspection } from './identity/introspection.ts';
import { Origins } from './edge/origins.ts';
import { Proofs } from './identity/proofs.ts';
import { Revocations } from './identity/revocations.ts';
import { SessionStrategy } from './identity/session.strategy.ts';
import { Shares } from './proxy/bulkhead.ts';
import { Tenants } from './discovery/tenants.ts';

/** Security rule D25: a hop that does not answer in time is given up. */
const HOP = { connections: 64, connectTimeout: 1_000, headersTimeout: 5_000, bodyTimeout: 5_000 };

type Config = Readonly<z.infer<typeof schema>>;

const ownersOf = (config: Config): Gateway['owners'] =>
  Object.fromEntries(
    DATA_SERVICES.map((service) => [service, new Pool(config[urlSetting(service)], HOP)]),
  ) as Gateway['owners'];

/** The other services, as the controllers reach them. */
function openGateway(config: Config, auth: Pool, denied: DeniedAttempts): Gateway {
  const limits = { tenant: config.TENANT_REQUESTS, grant: config.GRANT_REQUESTS };
  return {
    publicUrl: config.PUBLIC_URL,
    tenants: new Tenants(auth),
    origins: new Origins(auth, config.GATEWAY_CLIENT_SECRET),
    shares: new Shares(limits, denied),
    auth,
    owners: ownersOf(config),
  };
}

/** The one module of the gateway. */
export function gatewayModule(config: Config, logger: Logger): DynamicModule {
  const secret = config.GATEWAY_CLIENT_SECRET;
  const auth = new Pool(config.AUTH_URL, HOP);
  const introspection = new Introspection(auth, secret, config.PUBLIC_URL);
  const revocations = new Revocations(auth, secret, introspection);
  const denied = new DeniedAttempts(auth, secret, config.DENIED_ATTEMPTS_SECONDS, (error) =>
    logger.warn({ reason: String(error) }, 'denied attempts wait to be reported'),
  );
  const gateway = openGateway(config, auth, denied);
  const proofs = new Proofs(auth, secret, config.PUBLIC_URL);
  const bearer = new BearerStrategy(gateway.tenants, introspection, proofs, denied);
  void revocations.run();
  class GatewayModule {
    async onApplicationShutdown() {
      revocations.stop();
      await denied.stop();
      await Promise.allSettled([auth, ...Object.values(gateway.owners)].map((pool) => pool.destroy()));
    }
  }
  return {
    module: GatewayModule,
    controllers: [HealthController, ErrorsController, FhirController, AuthController, ConsoleController],
    providers: [
      { provide: GATEWAY, useValue: gateway },
      { provide: BearerStrategy, useValue: bearer },
      { provide: SessionStrategy, useValue: new SessionStrategy(auth, secret) },
      { provide: READINESS, useValue: { revocations: async () => revocations.assertListening() } },
      { provide: APP_FILTER, useValue: new OutcomeFilter(logger, config.PUBLIC_URL) },
      { provide: APP_GUARD, useClass: denyByDefault(BEARER) },
    ],
  };
}
