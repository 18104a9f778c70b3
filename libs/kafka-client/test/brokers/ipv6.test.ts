/** A broker that is named by its IPv6 address. */
import { expect, it } from '@jest/globals';
import { loadConfig } from '@patient-access/platform/config';
import { freePort } from '@patient-access/testing';
import { KafkaConfig } from '../../src/config.ts';
import { openKafka } from '../../src/index.ts';

it('is asked at this address and at its port, and named as in the settings', async () => {
  // Nobody listens there. Where the machine has no IPv6, the connection fails otherwise, and the address is the same.
  const port = await freePort();
  const config = loadConfig(KafkaConfig, { KAFKA_BROKERS: `[::1]:${port}` });
  const sender = openKafka(config, 'test')?.sender('topic');
  await expect(sender?.send([{ value: 'a message' }])).rejects.toThrow(
    new RegExp(`broker \\[::1\\]:${port} cannot be reached \\(ECONNREFUSED\\)|EADDRNOTAVAIL ::1:${port}`),
  );
  await sender?.close();
});
