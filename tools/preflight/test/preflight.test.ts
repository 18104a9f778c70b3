import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import {
  canRunPooler,
  commandsOf,
  freePort,
  type Postgres,
  startPooler,
  startPostgres,
} from '@patient-access/testing';
import type { ServiceName } from '@patient-access/topology';
import pg from 'pg';
import { preflight } from '../preflight.ts';
import { obstacleTable } from '../table.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const STRONG = 'kP3v9XbQ2mZr7LtYw8NcJ5sHdF6gVaEu';
const MIGRATIONS = join(ROOT, 'apps/auth-service/prisma/migrations');
const RECENT = { backup: { at: new Date().toISOString(), maxHours: 26 }, plan: undefined };
const HOUR_S = 3_600;

describe('preflight', () => {
  let postgres: Postgres;
  let url: string;
  let port: number;
  let host: Server;
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-preflight-'));
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'auth', () => STRONG);
    url = urls.service;
    await applyMigrations(urls.owner, MIGRATIONS);
    const owner = new pg.Client({ connectionString: urls.owner });
    await owner.connect();
    await owner.query(`INSERT INTO tenant (id, name, kind, registration) VALUES
      ('northwind', 'Northwind', 'production', 'token'), ('trial', 'Trial', 'preview', 'open')`);
    await owner.end();
    port = await freePort();
    host = createServer((request, response) => {
      const issuer = 'https://another.example/auth/northwind';
      const metadata = {
        implementation: { url: `http://127.0.0.1:${port}/payer/patient-access/v2/northwind` },
      };
      response.end(JSON.stringify(request.url?.endsWith('/metadata') ? metadata : { issuer }));
    }).listen(port, '127.0.0.1');
  }, 60_000);
  afterAll(async () => {
    host?.close();
    rmSync(folder, { recursive: true });
    await postgres?.stop();
  });

  const found = async (
    service: ServiceName,
    given: Record<string, string>,
    means: Parameters<typeof preflight>[1] = RECENT,
  ) =>
    (await preflight([{ service, given }], means)).map(
      ({ check, level, found: what }) => `${level} ${check}: ${what}`,
    );

  it('takes the version of this server, which may be the oldest that is promised', async () => {
    const lines = await found('claims-service', { DATABASE_URL: url });
    expect(lines).toContain('stop TLS to Postgres: not encrypted; sslmode is not set');
    expect(lines).toContain('look Postgres: max_connections is 200');
    expect(lines.filter((line) => line.includes('server_version_num'))).toEqual([]);
  });

  it('looks at each database to which plans are moved, as at the first one', async () => {
    const away = `postgresql://claims_large_service:password@127.0.0.1:${await freePort()}/claims_large`;
    const ofClaims = (databases: string) =>
      found('claims-service', { DATABASE_URL: url, DATABASES: databases });
    const lines = await ofClaims(JSON.stringify({ large: url, away }));
    expect(lines).toEqual(
      expect.arrayContaining([
        'stop TLS to Postgres: not encrypted; sslmode is not set',
        'stop TLS to Postgres: database "large": not encrypted; sslmode is not set',
        'look failover of Postgres: database "large": synchronous_standby_names is empty: a failover may lose the last commits',
        expect.stringMatching(/^stop Postgres: database "away": ./),
        'stop secrets: the password in DATABASES, "away" has fewer than 16 characters',
      ]),
    );
    expect(await ofClaims('[]')).toContain('stop Postgres: DATABASES cannot be read');
  });

  (canRunPooler() ? it : it.skip)('names a pooler, which auth-service must not have', async () => {
    const pooler = await startPooler([url], { size: 1 });
    const DATABASE_URL = pooler.through(url);
    const ofClaims = await found('claims-service', { DATABASE_URL });
    const ofAuth = await found('auth-service', { DATABASE_URL });
    await pooler.stop();
    expect(ofClaims).toContain('look Postgres: a pooler is in between');
    expect(ofClaims.join()).not.toContain('max_connections');
    expect(ofAuth).toContainEqual(
      expect.stringMatching(/^stop Postgres: DATABASE_URL leads to a pooler, .* name Postgres itself/),
    );
  });

  it('finds what keeps a preview from production', async () => {
    const given = {
      PUBLIC_URL: 'http://127.0.0.1:8080',
      DEVELOPERS_URL: 'http://127.0.0.1:8081',
      CARD_VIEWER_URL: 'http://127.0.0.1:8082',
      AUDIT_URL: 'http://127.0.0.1:9',
      DATABASE_URL: url,
      GATEWAY_CLIENT_SECRET: 'mYk3Qe8ZbT1rXw5Vn7Hs,change-me-change-me',
      MAIL_DIRECTORY: '/tmp/mails',
      LOG_LEVEL: 'debug',
    };
    const lines = await found('auth-service', given);
    expect(lines).toEqual(
      expect.arrayContaining([
        'stop public address: PUBLIC_URL is http://127.0.0.1:8080',
        'stop public address: DEVELOPERS_URL has the host of PUBLIC_URL',
        'stop public address: CARD_VIEWER_URL has the host of PUBLIC_URL',
        'stop public address: CARD_VIEWER_URL has the host of DEVELOPERS_URL',
        'stop addresses of services: AUDIT_URL is http://127.0.0.1:9',
        'stop secrets: GATEWAY_CLIENT_SECRET contains a word',
        'look secrets: GATEWAY_CLIENT_SECRET has more than one value',
        'stop mail: MAIL_DIRECTORY is of a preview',
        'stop TLS to Postgres: not encrypted; sslmode is not set',
        'stop preview plans: "trial" (preview) lets anybody register an app',
        'stop Kafka: KAFKA_BROKERS is not set',
        // The Postgres of tests gives durability up for speed.
        'stop Postgres: fsync or full_page_writes is off',
        'look log: LOG_LEVEL is debug',
        'look TLS between services: AUDIT_URL: without TLS',
      ]),
    );
    expect(lines.join('\n')).not.toMatch(/northwind|change-me/);
  });

  it('says what is wrong with Kafka, and that a database cannot be reached', async () => {
    const given = {
      KAFKA_BROKERS: '127.0.0.1:9',
      KAFKA_TOPIC_REPLICATION: '1',
      DATABASE_URL: 'postgres://auth_service:x@127.0.0.1:9/auth',
    };
    const lines = await found('coverage-service', given);
    expect(lines).toEqual(
      expect.arrayContaining([
        'stop TLS to Kafka: KAFKA_SECURITY_PROTOCOL is PLAINTEXT',
        'stop Kafka topics: replicas: 1, in sync: what the brokers say',
        expect.stringMatching(/^stop Postgres: .*127\.0\.0\.1:9/),
        expect.stringMatching(/^stop Kafka: .*127\.0\.0\.1:9.*ECONNREFUSED/),
      ]),
    );
  }, 60_000);

  it('asks for replicas of topics only where a service creates some', async () => {
    const lines = await found('auth-service', { KAFKA_BROKERS: '127.0.0.1:9' });
    expect(lines.join('\n')).not.toMatch(/replicas/);
  }, 60_000);

  it('asks for TLS in the connection of each role', async () => {
    const lines = await found('coverage-service', {
      DATABASE_URL: url,
      INGEST_DATABASE_URL: 'postgres://coverage_ingest:x@db.plan.example/coverage?sslmode=require',
      INGEST_DATABASES: '{"large":"postgres://l:x@db.plan.example/l?sslmode=verify-full"}',
      OWNER_DATABASE_URL: 'postgres://coverage_owner:x@db.plan.example/coverage?sslmode=verify-ca',
      COVERAGE_INGEST_URL: 'postgres://coverage_ingest:x@db.plan.example/coverage',
      COVERAGE_INGEST_DATABASES: '{"large":"postgres://l:x@db.plan.example/l?sslmode=require"}',
    });
    expect(lines.filter((line) => line.includes('sslmode in'))).toEqual([
      'stop TLS to Postgres: sslmode in INGEST_DATABASE_URL is require: anybody can be it',
      'stop TLS to Postgres: sslmode in OWNER_DATABASE_URL is verify-ca: anybody can be it',
      'stop TLS to Postgres: sslmode in COVERAGE_INGEST_URL is not set: anybody can be it',
      'stop TLS to Postgres: sslmode in COVERAGE_INGEST_DATABASES, "large" is require: anybody can be it',
    ]);
    const migration = { OWNER_DATABASE_URL: 'postgres://coverage_owner:x@db.plan.example/coverage' };
    expect(await found('coverage-service', migration)).toContain(
      'stop TLS to Postgres: sslmode in OWNER_DATABASE_URL is not set: anybody can be it',
    );
  });

  it('reads the documents at the public address', async () => {
    const lines = await found(
      'fhir-gateway',
      { PUBLIC_URL: `http://127.0.0.1:${port}`, TRUSTED_PROXIES: 'none' },
      { ...RECENT, plan: 'northwind' },
    );
    expect(lines).toContain('stop discovery: issuer is https://another.example/auth/northwind');
    expect(lines).toContain('look proxies: TRUSTED_PROXIES says none');
    expect(lines.join('\n')).not.toMatch(/metadata|clocks/);
  });

  it('asks both services that clients reach for their proxies', async () => {
    const given = { PUBLIC_URL: 'https://members.plan.example' };
    for (const service of ['fhir-gateway', 'developer-site'] as const) {
      expect(await found(service, given)).toContain('stop proxies: TRUSTED_PROXIES is not set');
      expect(await found(service, { ...given, TRUSTED_PROXIES: 'none' })).toContain(
        'look proxies: TRUSTED_PROXIES says none',
      );
    }
  });

  it('says by the command of docs/operate.md that nobody is at the public address, and ends with 1', async () => {
    const nobody = `https://127.0.0.1:${await freePort()}`;
    const page = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
    const command = commandsOf(page).find((each) => each.startsWith('PUBLIC_URL=')) ?? '';
    // `npm run` only builds before it.
    const here = command
      .replace('https://members.plan.example', nobody)
      .replace('npm run preflight --', `"${process.execPath}" tools/preflight/main.ts`);
    const { status, stdout } = spawnSync('sh', ['-ec', here], { cwd: ROOT, encoding: 'utf8' });
    expect(stdout).toContain(`${nobody}/payer/patient-access/v2/northwind is not reached`);
    expect(stdout).toMatch(/^\d+ to change, \d+ to look at$/m);
    expect(status).toBe(1);
  }, 60_000);

  it('takes a setting that is empty as left out, as the service does', () => {
    const empty = join(folder, 'smtp-url');
    writeFileSync(empty, '');
    const env = {
      PUBLIC_URL: 'https://members.plan.example',
      DEVELOPERS_URL: 'https://developers.plan.example',
      CARD_VIEWER_URL: '',
      SMTP_URL_FILE: empty,
    };
    const args = ['tools/preflight/main.ts', '--service', 'auth-service'];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', env });
    expect(stdout).toContain('no mail is sent');
    expect(stdout).not.toContain('CARD_VIEWER_URL');
    expect(status).toBe(1);
  }, 60_000);

  it('takes the age of the last backup from a file that the backup tool writes', async () => {
    const file = join(folder, 'ended');
    writeFileSync(file, '');
    const backup = { file, maxHours: 26 };
    const about = async (of: object) =>
      (await found('fhir-gateway', {}, { backup: of as typeof backup, plan: undefined })).filter((line) =>
        line.includes('backup'),
      );
    expect(await about(backup)).toEqual([]);
    const old = Date.now() / 1000 - 30 * HOUR_S;
    utimesSync(file, old, old);
    expect(await about(backup)).toEqual(['stop backup: the last one is 30 hours old']);
    expect(await about({ maxHours: 26 })).toEqual(['stop backup: nobody says when the last one was']);
    const at = new Date(Date.now() + HOUR_S * 1_000).toISOString();
    expect(await about({ at, maxHours: 26 })).toEqual(['stop backup: the last one is in the future']);
    for (const none of ['yesterday', '2026-02-30T02:00:00Z', '2026-11-26T02:00:00'])
      expect(await about({ at: none, maxHours: 26 })).toEqual(['stop backup: --backup-at is no instant']);
  });

  it('shows what stops before what is to be looked at', () => {
    const finding = { where: 'all', check: 'a', found: 'b', fix: 'c' };
    const lines = obstacleTable([
      { ...finding, level: 'look' },
      { ...finding, level: 'stop' },
    ]).split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['', 'stop', 'look']);
  });
});
