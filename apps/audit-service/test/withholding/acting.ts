/** Two apps of one member at a service that holds records, and what of it goes into the trail. */
import { join } from 'node:path';
import { applyMigrations, createPool, provisionDatabase } from '@patient-access/database';
import { type AccessEvent, parseRecord } from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import { acceptTextBodies, fhirServiceModule } from '@patient-access/fhir-store';
import { alone, Ingest } from '@patient-access/fhir-store/ingest';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { createLogger, createService } from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import { type Answer, ask, newEventKey, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import type { World } from '../world.ts';

const PUBLIC_URL = 'https://plan.example';
const MIGRATIONS = join(import.meta.dirname, '../../../../libs/fhir-store/prisma/migrations');

export interface ClinicalRecords {
  store(tenant: string, resources: readonly Resource[]): Promise<void>;
  /** Asks as an app does. `path` is below the tenant. */
  ask(claims: TokenClaims, path: string, requestId: string): Promise<Answer>;
  /** What was recorded since the last time, oldest first. */
  takeEvents(): Promise<AccessEvent[]>;
  stop(): Promise<void>;
}

/** clinical-service in this process, which believes the issuer of the world. */
export async function startRecords({ issuer }: World): Promise<ClinicalRecords> {
  const postgres = await startPostgres();
  const urls = await provisionDatabase(postgres.adminUrl, 'clinical', () => 'test');
  await applyMigrations(urls.owner, MIGRATIONS);
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'clinical'), max: 1 });
  admin.on('error', () => undefined);
  const ingest = await createPool(urls.ingest, { max: 1 });
  const logger = createLogger('clinical-service', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const module = await fhirServiceModule(
    'clinical-service',
    {
      HOST: '127.0.0.1',
      PORT: 1,
      PUBLIC_URL,
      LOG_LEVEL: 'silent',
      METRICS_PORT: 0,
      RELEASE: 'test',
      OTEL_TRACES_SAMPLER_ARG: 0,
      DATABASE_URL: urls.service,
      DATABASE_CONNECTIONS: 2,
      AUTH_URL: issuer.url,
      CURSOR_SECRET: ['cursor-secret-of-the-tests-0123456789'],
      // Nobody listens there: events stay in the outbox, from where this test takes them.
      AUDIT_URL: 'http://127.0.0.1:9',
      EVENT_KEY: newEventKey(),
      ...KafkaConfig.parse({}),
      OUTBOX_MAX_ROWS: 500_000,
    },
    logger,
  );
  const app = await createService(module, logger, { publicUrl: PUBLIC_URL });
  await acceptTextBodies(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    async store(tenant, resources) {
      const items = resources.map((resource) => ({ resource, origin: resource.id }));
      for (const result of await new Ingest(alone(ingest), tenant).store(items))
        if (result.status === 'rejected') throw new Error(`${result.origin}: ${result.reason}`);
    },
    async ask(claims, path, requestId) {
      const authorization = `Bearer ${await issuer.sign(claims)}`;
      return ask(url, `/${claims.tenant}/${path}`, { headers: { authorization, 'x-request-id': requestId } });
    },
    async takeEvents() {
      const { rows } = await admin.query<{ body: string }>(
        "SELECT body FROM outbox ORDER BY created_at, body::json ->> 'requestId'",
      );
      await admin.query('DELETE FROM outbox');
      return rows.flatMap(({ body }) => {
        const parsed = parseRecord(body);
        return 'event' in parsed ? [parsed.event] : [];
      });
    },
    async stop() {
      await app.close();
      await ingest.end();
      await admin.end();
      await postgres.stop();
    },
  };
}
