import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ensureTopics } from '@patient-access/outbox';

const GROUP = 'coverage-service';
const RETRY = { retries: 20, maxRetryTime: 2_000 };

/** Consumes facts about consents where there are brokers: offsets are committed after the handler's own commit. */
export async function consumeConsents(
  app: NestFastifyApplication,
  { KAFKA_BROKERS: brokers }: { KAFKA_BROKERS?: string[] | undefined },
): Promise<void> {
  if (!brokers) return;
  await ensureTopics(brokers, GROUP);
  app.connectMicroservice<MicroserviceOptions>(
    {
      transport: Transport.KAFKA,
      options: {
        client: { clientId: GROUP, brokers, retry: RETRY },
        consumer: { groupId: GROUP, retry: RETRY, maxWaitTimeInMs: 200 },
        subscribe: { fromBeginning: true },
      },
    },
    { inheritAppConfig: false },
  );
  await app.startAllMicroservices();
}
