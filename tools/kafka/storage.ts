/** The broker's settings and its formatted data directory. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';
import { scramArguments, type SecuredBroker } from './security.ts';

const HOST = '127.0.0.1';
const PARTITIONS = 3;

/** The ports on which the broker listens, and the absolute path of its log. */
export interface BrokerAddress {
  port: number;
  controllerPort: number;
  dir: string;
  /** undefined: anybody may do everything, without TLS */
  secured?: SecuredBroker | undefined;
}

/** Settings of one node that is broker and controller at once (KRaft combined mode). Every topic has one replica. */
function settings({ port, controllerPort, dir, secured }: BrokerAddress): string {
  const clients = secured
    ? `SASL_SSL://${HOST}:${port},SSL://${HOST}:${secured.certificatePort}`
    : `PLAINTEXT://${HOST}:${port}`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${HOST}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${clients},CONTROLLER://${HOST}:${controllerPort}`,
    'advertised.listeners': clients,
    ...secured?.settings,
    'log.dirs': join(dir, 'log'),
    'num.partitions': PARTITIONS,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // After a crash the controller waits this long before it accepts the same broker again.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    // A consumer that joins alone does not wait for others.
    'group.initial.rebalance.delay.ms': 0,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/**
 * Writes the settings for this start and formats the storage, once per directory.
 *
 * @returns path of the settings file
 */
export async function prepareStorage(place: BrokerAddress, classpath: string): Promise<string> {
  const file = join(place.dir, 'server.properties');
  await mkdir(place.dir, { recursive: true });
  await writeFile(file, settings(place), { mode: 0o600 });
  if (!existsSync(join(place.dir, 'log', 'meta.properties'))) {
    const cluster = randomBytes(16).toString('base64url').replace(/^-/, 'A');
    const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', cluster, '--config', file];
    const users = place.secured ? scramArguments(place.secured) : [];
    await runProgram('java', ['-cp', classpath, ...format, ...users], `Kafka could not format ${place.dir}`);
  }
  return file;
}
