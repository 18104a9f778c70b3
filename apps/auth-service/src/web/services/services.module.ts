import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { CONSENT_FACTS_PATH, MAX_CONSENT_FACTS_BYTES } from '@patient-access/internal-api';
import { eventSigner } from '@patient-access/events';
import { openFactPublisher, openOutbox, OutboxMetrics } from '@patient-access/outbox';
import {
  ATTEMPT_RULES,
  type AttemptRules,
  type Logger,
  METRICS,
  Metrics,
  READINESS,
  type Readiness,
} from '@patient-access/platform';
import { createPrisma } from '../../domain/database.ts';
import { ChangeFeed } from '../../domain/changes/change-feed.ts';
import { Pollers } from '../../domain/changes/pollers.ts';
import { GrantUse } from '../../domain/consent/grant-use.ts';
import { countOver, GrantEnds } from '../../domain/consent/end-over-grants.ts';
import { oldestDueSeconds } from '../../domain/consent/due-consents.ts';
import { ConsentPublisher } from '../../domain/consent/publish-consents.ts';
import { Sweeper } from '../../domain/grants/sweep.ts';
import { LiveReplicas } from '../../domain/replicas/live-replicas.ts';
import { DatabaseCheck } from '../../domain/restore/database-check.ts';
import { reportMails } from '../../domain/mail/mail-metrics.ts';
import { MAIL_CONNECTIONS, MailWorker } from '../../domain/mail/mail-worker.ts';
import { joiningKey } from '../../domain/joining/joined.ts';
import { mailKey } from '../../domain/mail/tickets.ts';
import { openMailTransport } from '../../egress/mail-transport.ts';
import { openTextMessages } from '../../egress/text-messages.ts';
import { trailOfEnds } from '../../egress/trail-of-ends.ts';
import { loadSigningKeys } from '../../domain/keys/signing-keys.ts';
import { deriveKeys } from '../../domain/keys/secrets.ts';
import { storageBudgets } from '../../provider/adapters/storage-budget.ts';
import { LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { attemptRules } from '../attempts/attempt-rules.ts';
import { renderErrorPage } from '../pages/error.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { CONFIG, OUTBOX, POOL } from './tokens.ts';

const CONNECTIONS = 16;

async function openServices(
  config: SharedServices['config'],
  logger: Logger,
  metrics: Metrics,
): Promise<SharedServices> {
  const limits = { max: CONNECTIONS, listens: true, sharesStatements: true };
  const pool = await createPool(config.DATABASE_URL, limits);
  metrics.pool('service', pool);
  const outbox = await openOutbox(config, 'auth-service', logger, new OutboxMetrics(metrics));
  const key = (purpose: string) => deriveKeys(config.KEY_ENCRYPTION_KEY, purpose);
  const alarms = { breakGlass: 0 };
  metrics.counter(
    'auth_break_glass_logins_total',
    'Logins with a break-glass account.',
    () => alarms.breakGlass,
  );
  const keys = { formKey: key('forms'), throttleKey: key('throttle') };
  const replicas = new LiveReplicas(pool);
  await replicas.beat();
  return {
    config,
    pool,
    outbox,
    replicas,
    grantUse: new GrantUse(pool),
    storageBudgets: storageBudgets(replicas),
    logger,
    alarms,
    goingOn: new Set(),
    ...keys,
  };
}

function openConsentPublisher({ pool, logger, config }: SharedServices, metrics: Metrics): ConsentPublisher {
  const url = new URL(CONSENT_FACTS_PATH, config.COVERAGE_URL);
  const destination = { topic: config.KAFKA_CONSENT_TOPIC, url, maxBytes: MAX_CONSENT_FACTS_BYTES };
  const publisher = openFactPublisher(config, destination, 'auth-service');
  const signer = eventSigner('auth-service', config.EVENT_KEY);
  const consents = new ConsentPublisher({ pool, publisher, logger, signer, ...config });
  metrics.counter(
    'consent_unreadable_total',
    'How often a consent could not be published as it is stored. It is tried again after an hour.',
    () => consents.unreadableCount,
  );
  return consents;
}

/** What is due in the database, and that some replica should have done by now. */
function showWhatWaits(metrics: Metrics, pool: Pool): void {
  metrics.gauge('auth_grants_over', 'Grants that are over before their time, and not yet ended.', () =>
    countOver(pool),
  );
  metrics.gauge(
    'consent_oldest_age_seconds',
    'For how long the oldest consent waits that coverage-service, or the topic, does not have.',
    () => oldestDueSeconds(pool),
  );
}

/** @returns null for an installation that sends no mails */
async function openMailWorker(
  { config, logger }: SharedServices,
  metrics: Metrics,
): Promise<MailWorker | null> {
  const transport = openMailTransport(config);
  if (!transport) return null;
  const pool = await createPool(config.DATABASE_URL, { max: MAIL_CONNECTIONS });
  const { PUBLIC_URL: publicUrl, DEVELOPERS_URL: developersUrl } = config;
  const masters = config.KEY_ENCRYPTION_KEY;
  const keys = { key: mailKey(masters), joiningKey: joiningKey(masters) };
  const prisma = createPrisma(pool);
  const texts = openTextMessages(async (tenant) => (await loadSigningKeys(prisma, masters, tenant)).keys);
  const mailing = { transport, texts, publicUrl, developersUrl, ...keys };
  metrics.pool('mails', pool);
  const worker = new MailWorker(pool, mailing, logger);
  reportMails(metrics, worker);
  return worker;
}

const demand = (met: boolean, otherwise: string): Promise<void> =>
  met ? Promise.resolve() : Promise.reject(new Error(otherwise));

/** Whenever the connection of the feed breaks, the database may be another one afterwards. */
async function openDatabaseCheck(
  { pool, config, logger }: SharedServices,
  metrics: Metrics,
  feed: ChangeFeed,
): Promise<DatabaseCheck> {
  const openRepairPool = () => createPool(config.DATABASE_URL, { max: 1, ...COMMAND });
  const check = new DatabaseCheck(
    { pool, openRepairPool, isListening: () => feed.listening },
    trailOfEnds(config),
    logger,
    metrics,
  );
  await check.start();
  feed.on('lost', () => {
    if (feed.listening) check.checkNow();
    else check.doubt();
  });
  return check;
}

/** Each is one for all features. */
const SHARED_BY_CLASS = [MemberSessions, LastReadsOfApps];

/** Injection token of the worker that sends mails, where there is one. */
const MAIL_WORKER = Symbol('mail worker');

/** What works in the background, and what wakes it. @returns their providers */
async function openWorkers(
  services: SharedServices,
  metrics: Metrics,
  feed: ChangeFeed,
  databaseCheck: DatabaseCheck,
): Promise<Provider[]> {
  const { pool, logger, outbox } = services;
  const grantEnds = new GrantEnds(pool, logger);
  const consentPublisher = openConsentPublisher(services, metrics);
  const mailWorker = await openMailWorker(services, metrics);
  const pollers = new Pollers(
    () => grantEnds.wake(),
    () => consentPublisher.wake(),
    () => mailWorker?.wake(),
    () => databaseCheck.wake(),
    () => outbox.expect(),
  );
  for (const event of ['revoked', 'tenant', 'command'] as const) feed.on(event, () => pollers.wake());
  return [
    { provide: GrantEnds, useValue: grantEnds },
    { provide: ConsentPublisher, useValue: consentPublisher },
    { provide: MAIL_WORKER, useValue: mailWorker },
    { provide: Pollers, useValue: pollers },
  ];
}

/**
 * The services that the features use. They are opened before the application starts, and closed after it has ended.
 */
@Module({})
export class ServicesModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly services: SharedServices;
  private readonly feed: ChangeFeed;
  private readonly consentPublisher: ConsentPublisher;
  private readonly mailWorker: MailWorker | null;
  private readonly sweeper: Sweeper;
  private readonly grantEnds: GrantEnds;
  private readonly databaseCheck: DatabaseCheck;
  private readonly attempts: AttemptRules;

  constructor(
    @Inject(SHARED_SERVICES) services: SharedServices,
    feed: ChangeFeed,
    consentPublisher: ConsentPublisher,
    databaseCheck: DatabaseCheck,
    @Inject(MAIL_WORKER) mailWorker: MailWorker | null,
    @Inject(ATTEMPT_RULES) attempts: AttemptRules,
    grantEnds: GrantEnds,
  ) {
    this.attempts = attempts;
    this.services = services;
    this.feed = feed;
    this.consentPublisher = consentPublisher;
    this.databaseCheck = databaseCheck;
    this.mailWorker = mailWorker;
    this.sweeper = new Sweeper(services.pool, services.logger);
    this.grantEnds = grantEnds;
  }

  /** Opens the database connections and the outbox, and starts to listen for changes. */
  static async open(config: SharedServices['config'], logger: Logger): Promise<DynamicModule> {
    const metrics = new Metrics();
    const services = await openServices(config, logger, metrics);
    const { pool, outbox, grantUse } = services;
    showWhatWaits(metrics, pool);
    const feed = new ChangeFeed(pool, logger, services.replicas);
    await feed.start();
    const databaseCheck = await openDatabaseCheck(services, metrics, feed);
    const readiness: Readiness = {
      // Not by the connections of requests: who uses all of them is busy, and all replicas may be at once.
      database: () => outbox.reachable(),
      revocations: () => demand(feed.listening, 'not listening'),
      newest: () => demand(databaseCheck.isCurrent, 'the database may be an older one'),
    };
    const tenants = new Tenants(services, createPrisma(pool), feed, renderErrorPage);
    const shared = [
      { provide: CONFIG, useValue: config },
      { provide: SHARED_SERVICES, useValue: services },
      { provide: POOL, useValue: pool },
      { provide: OUTBOX, useValue: outbox },
      { provide: GrantUse, useValue: grantUse },
      { provide: ChangeFeed, useValue: feed },
      { provide: LiveReplicas, useValue: services.replicas },
      { provide: DatabaseCheck, useValue: databaseCheck },
      { provide: Tenants, useValue: tenants },
      { provide: ATTEMPT_RULES, useValue: attemptRules(services, tenants) },
      ...SHARED_BY_CLASS,
      { provide: READINESS, useValue: readiness },
      { provide: METRICS, useValue: metrics },
    ];
    return {
      module: ServicesModule,
      providers: [...shared, ...(await openWorkers(services, metrics, feed, databaseCheck))],
      exports: [...shared, Pollers],
    };
  }

  /** Ends the streams of the feed first, because the server waits for them. */
  beforeApplicationShutdown(): void {
    void this.sweeper.stop();
    this.services.replicas.stop();
    void this.databaseCheck.stop();
    this.feed.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.services.goingOn);
    await Promise.all([this.grantEnds.stop(), this.databaseCheck.stop(), this.sweeper.stop()]);
    await Promise.all([this.consentPublisher.stop(), this.mailWorker?.stop()]);
    await this.services.grantUse.stop();
    await this.attempts.counter.stop();
    await this.services.outbox.close();
    await this.services.pool.end();
  }
}
