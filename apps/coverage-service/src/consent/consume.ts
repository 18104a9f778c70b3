import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SteadyKafka } from '@patient-access/outbox';

const GROUP = 'coverage-service';

/**
 * Consumes facts about consents as soon as the brokers are reachable. Offsets are committed after the handler has
 * committed.
 */
export async function consumeConsents(
  app: NestFastifyApplication,
  { KAFKA_BROKERS: brokers }: { KAFKA_BROKERS?: string[] | undefined },
): Promise<void> {
  if (!brokers) return;
  const strategy = new SteadyKafka(brokers, GROUP);
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: false });
  await app.startAllMicroservices();
}
