/** fhir-gateway: the public host. It authenticates requests, routes them to their owners and streams the answers. */
import { runService } from '@patient-access/platform';
import { GatewaySettings } from './config.ts';
import { gatewayModule } from './gateway.module.ts';
import { configurePublicHost, mintRequestId } from './edge/public-host.ts';

await runService({
  name: 'fhir-gateway',
  schema: GatewaySettings,
  server: (config) => ({ genReqId: mintRequestId, trustProxy: config.TRUSTED_PROXIES ?? false }),
  module: gatewayModule,
  configure: configurePublicHost,
});
