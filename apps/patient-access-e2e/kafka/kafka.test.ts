import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import {
  type AccessEvent,
  batchText,
  eventSigner,
  laneOf,
  recordOf,
  signBatch,
} from '@patient-access/events';
import type { FhirClient, Session } from '@patient-access/first-call';
import { type RunningKafka, startKafka } from '@patient-access/kafka';
import { canariesOf, toldIn } from '@patient-access/population';
import { previewProcesses } from '@patient-access/preview';
import { freePort, startTraceCollector, type TraceCollector, waitUntil } from '@patient-access/testing';
import { KAFKA_ACCESS, KAFKA_TOPICS, SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import { Partitioners } from 'kafkajs';
import { type JourneyInstallation, install, logOf, remove, runToEnd } from '../installation/installation.ts';
import { metricsAddress } from '../installation/replica.ts';
import { SecondTrail, USERS_OF_BOTH } from './second-trail.ts';
import { auditEvents, connect, EVERYTHING, memberOf, world } from '../installation/world.ts';

const ACCESS_EVENT_TOPIC = KAFKA_TOPICS.accessEvents.name;
const ACCESS_EVENT_DEAD_LETTER_TOPIC = KAFKA_TOPICS.deadLetters.name;

const REQUESTS = 10;
/** As Kafka numbers it. */
const TOPIC_RESOURCE = 2;
/** After its broker was killed, a consumer may have to wait for the end of its old session, and then rebalance. */
const RECOVERY_MS = 60_000;

const NUMBERS_MS = 20_000;
/** The alert has to come within this time. Scraping and evaluating take 30 s of it at most. */
const STUCK_MS = 30_000;

/** Waits until a service's metrics have certain values. @throws Error with the actual values */
async function numbersOf(
  directory: string,
  service: ServiceName,
  are: (shown: string) => boolean,
  withinMs = NUMBERS_MS,
): Promise<void> {
  let shown = '';
  const areShown = async () => {
    shown = await (await fetch(metricsAddress(directory, service))).text();
    return are(shown);
  };
  await waitUntil(areShown, { withinMs, failure: () => shown });
}

const linesAre =
  (...lines: readonly string[]) =>
  (shown: string): boolean =>
    lines.every((line) => new RegExp(`^${line.replace(' ', '(?:\\{.*\\})? ')}$`, 'm').test(shown));

/** The services were started in their order: audit-service is the first, fhir-gateway the last. */
async function auditServicePid(directory: string): Promise<number> {
  const pids = await previewProcesses(directory);
  return pids.at(-SERVICE_NAMES.length) ?? 0;
}

/** If events are older than this, somebody is called. */
const ALERT_SECONDS = Number(
  /outbox_oldest_age_seconds\) > (\d+)/.exec(
    readFileSync(join(import.meta.dirname, '../../../k8s/alerts.yaml'), 'utf8'),
  )?.[1],
);

/** A batch of one plan, signed as any, under the key of another (case T06). */
function elsewhere(directory: string) {
  const key = readFileSync(join(directory, 'claims-event-key.pem'), 'utf8');
  const signer = eventSigner('claims-service', key);
  const event: AccessEvent = {
    requestId: randomUUID(),
    service: 'claims-service',
    tenant: 'lakeside',
    member: 'anna',
    recorded: new Date().toISOString(),
    kind: 'rest',
    action: 'read',
    outcome: '0',
  };
  const records = [{ sequence: 1, text: recordOf(event) }];
  const producer = `claims-service/${randomUUID()}`;
  const batch = signBatch(signer, { producer, tenant: 'lakeside', lane: laneOf(event), records });
  return { key: 'northwind/0', value: batchText(batch) };
}

describe('the journey through Kafka', () => {
  const dir = mkdtempSync(join(tmpdir(), 'patient-access-kafka-'));
  /** Each service logs in as a user of its own, over TLS, with the rights of docs/kafka.md and no others. */
  const secure = { users: USERS_OF_BOTH };
  let port: number;
  let kafka: RunningKafka;
  let collector: TraceCollector;
  let installation: JourneyInstallation;
  let client: FhirClient;
  let session: Session;
  const started = new Date();

  beforeAll(async () => {
    port = await freePort();
    kafka = await startKafka({ port, dir, secure });
    collector = await startTraceCollector();
    installation = await install({
      env: {
        ...kafka.settingsForServices(),
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER_ARG: '1',
        // At this level most is logged, and nothing of a member may be in it.
        LOG_LEVEL: 'debug',
      },
    });
    ({ client, session } = await connect(world(installation.directory).northwind, 'ordinary'));
  });

  afterAll(async () => {
    await installation?.stop();
    await kafka?.stop();
    await collector?.stop();
    remove(dir);
    if (installation) remove(installation.directory);
  });

  test('a first call finds the AuditEvents of its own calls', async () => {
    const { code, said } = await runToEnd('tools/first-call/main.ts', [], {
      LOCAL_DIR: installation.directory,
    });
    expect(said).toMatch(/AuditEvents of these calls \((1\d|[2-9]\d)\)/);
    expect(code).toBe(0);
  });

  test('events go through the broker and nowhere else', async () => {
    const answer = await client.get('Patient');
    expect(answer.status).toBe(200);
    await auditEvents(client, client.requestIds.slice(-1));
    expect(logOf(installation.directory, 'audit-service')).not.toContain('"route":"/internal/access-events');
  });

  test('one trace holds all that a request caused, through Kafka and into the trail', async () => {
    expect((await client.get('Condition?category=encounter-diagnosis')).status).toBe(200);
    const asked = () =>
      collector.spans.findLast(
        ({ service, attributes }) =>
          service === 'fhir-gateway' && attributes['fhir.resource_type'] === 'Condition',
      );
    const parts = () =>
      collector.spans
        .filter(({ traceId }) => traceId === asked()?.traceId)
        .map(({ service, name }) => `${service}: ${name.replace(/ .*\//, ' …/')}`);
    // Each process sends its spans at times of its own, so the last part of the trace may be the first that is here.
    const expected = [
      /^fhir-gateway: GET/,
      /^clinical-service: GET/,
      /^clinical-service: read from Postgres$/,
      /^clinical-service: record access event$/,
      /^clinical-service: deliver access event$/,
      /^audit-service: store access event$/,
    ];
    const isWhole = () => expected.every((part) => parts().some((name) => part.test(name)));
    await waitUntil(isWhole, { withinMs: NUMBERS_MS, failure: () => parts().join(', ') });
    expect(asked()?.attributes).toMatchObject({ 'fhir.interaction': 'search-type', outcome: 'success' });
  });

  test('members find the consent that auth-service published, and no service was refused a right', async () => {
    const scope = 'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Consent.rs';
    const { client: asking } = await connect(world(installation.directory).northwind, 'ordinary', scope);
    await waitUntil(async () => (await asking.search('Consent')).length > 0, { withinMs: RECOVERY_MS });
    await numbersOf(installation.directory, 'coverage-service', linesAre('consent_consumer_lag_messages 0'));
    for (const service of SERVICE_NAMES.filter((name) => KAFKA_ACCESS[name]))
      expect(logOf(installation.directory, service)).not.toContain('AUTHORIZATION_FAILED');
  });

  test('the topic keeps its messages for as long as audit-service says', async () => {
    const admin = kafka.client().admin();
    await admin.connect();
    const resource = { type: TOPIC_RESOURCE, name: ACCESS_EVENT_TOPIC, configNames: ['retention.ms'] };
    const retention = async () => {
      const answer = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
      return answer.resources[0]?.configEntries[0]?.configValue;
    };
    await waitUntil(async () => (await retention()) === String(8 * 24 * 3_600_000));
    await admin.disconnect();
  });

  test('nothing is refused or lost while the broker is away, and afterwards each event is there once', async () => {
    await kafka.kill();
    const from = client.requestIds.length;
    for (let made = 0; made < REQUESTS; made += 1) {
      expect((await client.get(`Condition?_count=${made + 1}`)).status).toBe(200);
    }
    const made = client.requestIds.slice(from);
    kafka = await startKafka({ port, dir, secure });
    const events = await auditEvents(client, made, RECOVERY_MS);
    const seen = events.map((event) => event.entity[0]?.what?.identifier?.value);
    expect(seen.sort()).toEqual([...made].sort());
    expect(new Set(events.map((event) => event.id)).size).toBe(REQUESTS);
  });

  test('a message that is not an event stops no partition, and appears in the metrics and in a topic of its own', async () => {
    const admin = kafka.client().admin();
    const producer = kafka.client().producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await Promise.all([admin.connect(), producer.connect()]);
    const partitions = (await admin.fetchTopicOffsets(ACCESS_EVENT_TOPIC)).map(({ partition }) => partition);
    await producer.send({
      topic: ACCESS_EVENT_TOPIC,
      messages: [
        ...partitions.map((partition) => ({ partition, value: `poison ${partition}` })),
        elsewhere(installation.directory),
      ],
    });
    for (const type of ['Patient', 'Coverage', 'Condition'])
      expect((await client.get(type)).status).toBe(200);
    await auditEvents(client, client.requestIds.slice(-3));
    const letters = `audit_dead_letters ${partitions.length + 1}`;
    await numbersOf(
      installation.directory,
      'audit-service',
      linesAre(
        letters,
        'audit_misdirected_messages 1',
        'audit_consumer_lag_messages 0',
        'outbox_depth_rows 0',
      ),
    );
    const kept = await admin.fetchTopicOffsets(ACCESS_EVENT_DEAD_LETTER_TOPIC);
    expect(kept.reduce((sum, { high }) => sum + Number(high), 0)).toBeGreaterThanOrEqual(partitions.length);
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  test('the API works while the consumer stands still, and the metric of the alert shows it in time (case P14)', async () => {
    const pid = await auditServicePid(installation.directory);
    const from = client.requestIds.length;
    process.kill(pid, 'SIGSTOP');
    try {
      for (let made = 0; made < REQUESTS; made += 1)
        expect((await client.get(`Condition?_count=${made + 1}`)).status).toBe(200);
      // A member logs in, agrees, and reads.
      const other = await connect(world(installation.directory).northwind, 'many');
      expect((await other.client.get('Patient')).status).toBe(200);
      const age = (shown: string) => Number(/^outbox_oldest_age_seconds\{.*\} (.+)$/m.exec(shown)?.[1]);
      await numbersOf(
        installation.directory,
        'clinical-service',
        (shown) => age(shown) > ALERT_SECONDS,
        STUCK_MS,
      );
      expect((await client.get('Condition')).status).toBe(200);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await auditEvents(client, client.requestIds.slice(from), RECOVERY_MS);
    await numbersOf(installation.directory, 'clinical-service', linesAre('outbox_depth_rows 0'), RECOVERY_MS);
  });

  test('after a restore of the trail all that the topic has comes again, each record once (reset-offsets)', async () => {
    const trail = new SecondTrail(installation.directory, kafka.settingsFor);
    try {
      await trail.putBack();
      await trail.start();
      await trail.hasRead();
      const refused = await trail.resetOffsets(started);
      expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('somebody reads with group')]);
      await trail.stop();
      const before = await trail.records();
      expect(before.length).toBeGreaterThan(REQUESTS);
      const tenants = await trail.tenants();
      await trail.putBack();
      // Without it nothing is appended to a trail that lacks what was signed of it.
      for (const tenant of tenants) expect(await trail.signRestored(tenant)).toMatchObject({ code: 0 });
      const { code, said } = await trail.resetOffsets(started);
      const again = JSON.parse(said) as { messages: number; mayLack: number[] };
      expect([code, again.messages > 0, again.mayLack]).toEqual([0, true, []]);
      expect(await trail.records()).toEqual([]);
      await trail.start();
      await trail.hasRead();
      await trail.stop();
      const after = await trail.records();
      expect(new Set(after).size).toBe(after.length);
      // Since then the installation may have recorded more.
      expect(after).toEqual(expect.arrayContaining(before));
    } finally {
      await trail.stop();
    }
  });

  test('no log at debug level, and no trace of all this, says who or what it was about', async () => {
    const { directory } = installation;
    const { northwind } = world(directory);
    const found: Parameters<typeof canariesOf>[0][number][] = [];
    for (const persona of ['ordinary', 'many']) {
      const scope = `${EVERYTHING} patient/Consent.rs`;
      const { client: asking } = await connect(northwind, persona, scope);
      for (const type of ['Patient', 'Coverage', 'ExplanationOfBenefit', 'Condition', 'Consent'])
        found.push(...(await asking.search(type)));
    }
    expect(new Set(found.map(({ resourceType }) => resourceType)).size).toBe(5);
    const services = SERVICE_NAMES.filter((service) => service !== 'developer-site');
    const traced = () => new Set(collector.spans.map(({ service }) => service));
    const silent = () => services.filter((service) => !traced().has(service));
    await waitUntil(() => silent().length === 0, {
      withinMs: NUMBERS_MS,
      failure: () => `no trace of ${silent().join(', ')}`,
    });
    const { login, password } = memberOf(northwind, 'ordinary');
    const secrets = [login, password, session.accessToken, 'encounter-diagnosis', '_count'];
    const canaries = [...canariesOf(found), ...secrets];
    const said = SERVICE_NAMES.map((service) => [service, logOf(directory, service)] as const);
    expect(said.filter(([, log]) => !log.includes('"level":"debug"')).map(([service]) => service)).toEqual(
      [],
    );
    for (const [place, text] of [...said, ['traces', collector.text()] as const])
      expect([place, toldIn(text, canaries)]).toEqual([place, []]);
  });
});
