/** `npm run kafka [-- --port 9092 --dir .local/kafka/data]`: a real broker in the foreground, until Ctrl-C. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startKafka } from './broker.ts';

const root = resolve(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9092' },
      dir: { type: 'string', default: resolve(root, '.local/kafka/data') },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port ${values.port} is not a port`);
  const kafka = await startKafka({ port, dir: values.dir, log: (line) => console.error(line) });
  console.log(
    `Apache Kafka is ready: KAFKA_BROKERS=${kafka.brokers}   data in ${values.dir}   Ctrl-C stops it`,
  );
  const stopRequested = new Promise<null>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done(null));
  });
  const failure = await Promise.race([stopRequested, kafka.ended]);
  await kafka.stop();
  if (failure !== null) throw new Error(failure);
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
