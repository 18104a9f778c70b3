/** fhir-gateway: the public host. It authenticates requests, routes them to their owners and streams the answers. */
import { runService } from '@patient-access/platform';
import { GatewaySettings } from './config.ts';
import { gatewayModule } from './gateway.module.ts';
import { configurePublicHost, publicServer } from './edge/public-host.ts';
import { publicTracing } from './edge/public-tracing.ts';

await runService({
  name: 'fhir-gateway',
  schema: GatewaySettings,
  server: publicServer,
  tracing: publicTracing,
  module: gatewayModule,
  configure: configurePublicHost,
});
