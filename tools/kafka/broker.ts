/** Starts an Apache Kafka broker, waits until it serves, and stops or kills it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, isFree } from '@patient-access/testing';
import type { Kafka } from 'kafkajs';
import { allow } from './access-lists.ts';
import { clientAs, type ClientSettings, settingsFor, settingsForServices } from './clients.ts';
import { installKafka } from './install.ts';
import { ADMIN, type BrokerUser, secureBroker, type SecuredBroker } from './security.ts';
import { prepareStorage } from './storage.ts';
import { whenEnded } from './when-ended.ts';

const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 20_000;
const PROBE_INTERVAL_MS = 100;

/**
 * Settings of the JVM for a broker of this size, which lives for minutes: the JVM's second compiler would use a third of
 * the processor and never be repaid. slf4j-simple logs only errors.
 */
const JVM = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'];
const LOGGING = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
/** Where a broker may fetch the keys of token issuers; Kafka allows no other place. */
const allowed = (file: string | undefined) =>
  file ? [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://${file}`] : [];
const FEW_TRIES = { requestTimeout: 5_000, retry: { retries: 0 } };

export interface RunningKafka {
  /** value for `KAFKA_BROKERS` */
  brokers: string;
  port: number;
  pid: number;
  /** what it was secured with; undefined: it is open */
  secured: SecuredBroker | undefined;
  /** the settings (docs/kafka.md) with which a user logs in with its password; of the administrator when left out */
  settingsFor(user?: string): ClientSettings;
  /** the settings for `npm start`, which gives each service a user of its own */
  settingsForServices(): ClientSettings;
  /** a client of that user, for tests and tools */
  client(user?: string): Kafka;
  /** resolves with one line that states the reason when the broker ends without being stopped */
  ended: Promise<string>;
  /** stops the broker cleanly: its log is flushed and closed */
  stop(): Promise<void>;
  /** sends SIGKILL, as in a crash; acknowledged messages are still there after a start on the same directory */
  kill(): Promise<void>;
}

interface StartOptions {
  /** a free port when left out */
  port?: number | undefined;
  controllerPort?: number;
  /** data directory; it is kept, so a later start with the same directory and port has the same data */
  dir: string;
  /** with TLS, and these users alone; they stay those of the first start */
  secure?: { users: readonly BrokerUser[]; jwksFile?: string } | undefined;
  /** receives what the broker prints, line by line */
  log?: (line: string) => void;
}

/** Prepares the directory, and starts the process. */
async function launch(options: StartOptions) {
  const port = await portFor(options.port);
  const controllerPort = await portFor(options.controllerPort);
  const classpath = join(await installKafka(), '*');
  const dir = resolve(options.dir);
  const { secure, log } = options;
  const secured = secure && (await secureBroker(dir, await freePort(), secure.users, secure.jwksFile));
  const file = await prepareStorage({ port, controllerPort, dir, secured }, classpath);
  const flags = [...JVM, ...LOGGING, ...allowed(secure?.jwksFile)];
  const child = spawn('java', [...flags, '-cp', classpath, 'kafka.Kafka', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { port, secured, child, ended: whenEnded(child, { name: 'Kafka', cause: firstException, log }) };
}

/**
 * Starts a single-node broker on loopback and waits until it accepts requests.
 *
 * @throws Error of one line: Java or Maven missing, port taken, directory in use
 */
export async function startKafka(options: StartOptions): Promise<RunningKafka> {
  const { port, secured, child, ended } = await launch(options);
  const brokers = `127.0.0.1:${port}`;
  const client = (user = ADMIN, patience?: typeof FEW_TRIES) => clientAs(brokers, secured, user, patience);
  const broken = ended.then((reason) => Promise.reject(new Error(reason)));
  const waiting = new AbortController();
  try {
    await Promise.race([untilReady(client(ADMIN, FEW_TRIES), waiting.signal), broken]);
    if (secured) await allow(client(), secured.users);
  } catch (error) {
    await end(child, 'SIGKILL');
    throw error;
  } finally {
    waiting.abort();
  }
  return {
    brokers,
    port,
    pid: child.pid as number,
    secured,
    settingsFor: (user = ADMIN) => settingsFor(brokers, secured, user),
    settingsForServices: () => settingsForServices(brokers, secured),
    client,
    ended,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

/** @returns the message of the first exception */
const firstException = (lines: readonly string[]): string | undefined =>
  lines
    .map((line) => /^[\w.]+(?:Exception|Error): (.+)/.exec(line)?.[1])
    .find((message) => message !== undefined);

/** Waits until the broker serves, which is when its metadata contains the broker itself. */
async function untilReady(client: Kafka, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!signal.aborted && Date.now() < deadline) {
    const admin = client.admin();
    try {
      await admin.connect();
      if ((await admin.describeCluster()).brokers.length > 0) return;
    } catch {
      // The broker does not listen yet.
    } finally {
      await admin.disconnect();
    }
    await delay(PROBE_INTERVAL_MS);
  }
  throw new Error(`Kafka did not answer within ${START_LIMIT_MS / 1000} s`);
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((done) => child.once('close', done));
  child.kill(signal);
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await closed;
  clearTimeout(limit);
}

/** @throws Error when the wanted port is taken */
async function portFor(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return freePort();
  if (await isFree(wanted)) return wanted;
  throw new Error(`Kafka cannot listen: port ${wanted} is in use`);
}
