/**
 * `npm run kafka [-- --port 9092 --dir .local/kafka/data --secure]`: a real broker in the foreground, until Ctrl-C. With
 * `--secure` it wants TLS and a login, and each service has a user of its own with the rights of docs/kafka.md.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startKafka } from './broker.ts';
import { SERVICE_USERS } from './clients.ts';

const root = resolve(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9092' },
      dir: { type: 'string' },
      secure: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port ${values.port} is not a port`);
  const dir = values.dir ?? resolve(root, '.local/kafka', values.secure ? 'secured' : 'data');
  const secure = values.secure ? { users: SERVICE_USERS } : undefined;
  const kafka = await startKafka({ port, dir, secure, log: (line) => console.error(line) });
  const settings = Object.entries(kafka.settingsForServices()).map(([name, value]) => `${name}=${value}`);
  console.log(`Apache Kafka is ready: ${settings.join(' ')} npm start   data in ${dir}   Ctrl-C stops it`);
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
