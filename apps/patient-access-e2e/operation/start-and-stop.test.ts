import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { FhirClient } from '@patient-access/first-call';
import { population } from '@patient-access/population';
import { previewProcesses } from '@patient-access/preview';
import { adminUrl, freePort, isProcess, waitUntil } from '@patient-access/testing';
import { SERVICE_NAMES, type ServiceName, TOPOLOGY } from '@patient-access/topology';
import pg from 'pg';
import { type JourneyInstallation, install, remove, runToEnd } from '../installation/installation.ts';
import { connect, world } from '../installation/world.ts';

const MEMBERS = 10;
const SMALL = ['--members', String(MEMBERS)];
const GONE_MS = 10_000;
const START_MS = 240_000;
/** Of all services. 30 to 50 in this time, some of them of autovacuum; with a poll once a second for each thing, 370. */
const QUIET_TRANSACTIONS = 70;
const QUIET_WINDOW_MS = 10_000;
const TRANSACTIONS = `SELECT sum(xact_commit + xact_rollback) AS count FROM pg_stat_database WHERE datname !~ '^(postgres|template)'`;
const root = resolve(import.meta.dirname, '../../..');

const CLAIMS = 'ExplanationOfBenefit?_count=200';

const idsOf = (resources: readonly { id?: string }[]) => resources.map(({ id }) => id).sort();

function claimIdsOn(today: string, patientId: string) {
  const isClaim = ({ resourceType, patient }: { resourceType: string; [element: string]: unknown }) =>
    resourceType === 'ExplanationOfBenefit' &&
    (patient as { reference: string }).reference === `Patient/${patientId}`;
  return idsOf([...population({ tenant: 'northwind', members: MEMBERS, today })].filter(isClaim));
}

async function isServed({ preview }: JourneyInstallation): Promise<boolean> {
  return fetch(`${preview.publicUrl}/health/live`).then(
    () => true,
    () => false,
  );
}

/**
 * npm's shell, in which Nx builds nothing: a build writes each program anew, while other tests start these programs and would
 * find half of one.
 *
 * @param folder where it is made
 */
function shellWithoutNx(folder: string): string {
  const shell = join(folder, 'shell-without-nx');
  writeFileSync(shell, '#!/bin/sh\nexec /bin/sh -c "nx() { :; }; $2"\n', { mode: 0o755 });
  return shell;
}

jest.setTimeout(START_MS * 2);

describe('npm start', () => {
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-start-'));
  chmodSync(directory, 0o755);
  const damaged = mkdtempSync(join(tmpdir(), 'patient-access-damaged-'));
  chmodSync(damaged, 0o755);
  /** All programs that a start needs. */
  const PATH = mkdtempSync(join(tmpdir(), 'patient-access-path-'));
  /** What runs: a start costs so much that several tests share one. */
  let running: JourneyInstallation;
  afterAll(async () => {
    await running.stop();
    for (const each of [directory, damaged, PATH]) remove(each);
  });

  test('keeps accounts and consents at a start on another day, and serves the data of that day alone', async () => {
    const first = await install({ directory, args: [...SMALL, '--today', '2026-02-27'] });
    const { session, client } = await connect(world(directory).northwind, 'ordinary');
    const [patient] = await client.search('Patient');
    expect(idsOf(await client.search(CLAIMS))).toEqual(claimIdsOn('2026-02-27', session.patient));
    expect(await first.stop()).toBe(0);
    expect(await isServed(first)).toBe(false);

    running = await install({ directory, port: first.port, args: [...SMALL, '--today', '2026-03-02'] });
    const later = new FhirClient(world(directory).northwind.fhirBase, session.accessToken);
    expect(await later.json(`Patient/${session.patient}`)).toEqual(patient);
    expect(idsOf(await later.search(CLAIMS))).toEqual(claimIdsOn('2026-03-02', session.patient));
  });

  test('prints one line for a second start in one directory or a port in use, and starts nothing', async () => {
    const again = await runToEnd('tools/preview/main.ts', SMALL, {
      LOCAL_DIR: directory,
      PORT: String(running.port + 1),
    });
    expect([again.code, again.said.trim()]).toEqual([
      1,
      expect.stringMatching(/^not started: a preview is already running here \(process \d+\)$/),
    ]);
    const other = `${directory}-other`;
    const inUse = await runToEnd('tools/preview/main.ts', SMALL, {
      LOCAL_DIR: other,
      PORT: String(running.port),
    });
    remove(other);
    expect([inUse.code, inUse.said.trim()]).toEqual([
      1,
      expect.stringMatching(/^not started: port \d+ is in use; choose another: PORT=8090 npm start$/),
    ]);
    expect(await isServed(running)).toBe(true);
  });

  test('cleans up after a kill, and starts, also on an earlier day; it asks no proxy, and needs no ps', async () => {
    const dead = 'http://127.0.0.1:9';
    for (const name of ['id', 'chmod']) {
      const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      symlinkSync(found, join(PATH, name));
    }
    running.process.kill('SIGKILL');
    running = await install({
      directory,
      port: running.port,
      args: [...SMALL, '--today', '2026-02-27'],
      env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: dead, HTTPS_PROXY: dead, http_proxy: dead, PATH },
    });
    expect(await isServed(running)).toBe(true);
    const again = await runToEnd('tools/preview/main.ts', SMALL, { LOCAL_DIR: directory, PATH });
    expect([again.code, again.said]).toEqual([
      1,
      expect.stringContaining('a preview is already running here'),
    ]);
  });

  test('asks its databases for next to nothing while nobody asks it (ADR 102)', async () => {
    const port = new URL(JSON.parse(readFileSync(join(directory, 'ingest.json'), 'utf8'))['claims-service'])
      .port;
    const admin = new pg.Client({ connectionString: adminUrl(Number(port)) });
    await admin.connect();
    const transactions = async () =>
      Number((await admin.query<{ count: string }>(TRANSACTIONS)).rows[0]?.count);
    let counted = 0;
    const isQuiet = async () => {
      const before = await transactions();
      await delay(QUIET_WINDOW_MS);
      counted = (await transactions()) - before;
      return counted <= QUIET_TRANSACTIONS;
    };
    try {
      await waitUntil(isQuiet, { withinMs: 120_000, failure: () => `${counted} transactions` });
    } finally {
      await admin.end();
    }
  });

  test('lets a member log in after all this, and serves what was deleted on the day between', async () => {
    const { session, client } = await connect(world(directory).northwind, 'ordinary');
    expect(idsOf(await client.search(CLAIMS))).toEqual(claimIdsOn('2026-02-27', session.patient));
  });

  test('ends when its terminal is closed', async () => {
    const pids = await previewProcesses(directory);
    // The supervisor, Postgres, and each service.
    expect(pids).toHaveLength(2 + SERVICE_NAMES.length);
    const exited = new Promise((done) => running.process.once('exit', done));
    running.process.stdout?.destroy();
    running.process.kill('SIGHUP');
    expect(await exited).toBe(0);
    expect(await isServed(running)).toBe(false);
    expect(pids.filter(isProcess)).toEqual([]);
  });

  test('ends with npm, when npm alone is ended', async () => {
    const port = await freePort();
    const npm = spawn('npm', ['start', `--script-shell=${shellWithoutNx(directory)}`, '--', ...SMALL], {
      cwd: root,
      env: { ...process.env, PORT: String(port), LOCAL_DIR: directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    npm.stdout.on('data', (chunk) => (said += String(chunk)));
    await waitUntil(() => Promise.resolve(said.includes('Stop:')), {
      withinMs: START_MS,
      failure: () => said,
    });
    const url = `http://127.0.0.1:${port}/health/live`;
    expect((await fetch(url)).status).toBe(200);
    npm.kill('SIGTERM');
    const isGone = () =>
      fetch(url).then(
        () => false,
        () => true,
      );
    await waitUntil(isGone, { withinMs: GONE_MS * 2 });
    await waitUntil(() => Promise.resolve(!existsSync(join(directory, 'running.json'))), {
      withinMs: GONE_MS * 2,
    });
  });

  test('the commands beside a stopped preview say how to start it', async () => {
    const env = { LOCAL_DIR: directory };
    const call = await runToEnd('tools/first-call/main.ts', [], env);
    expect([call.code, call.said.trim()]).toEqual([
      1,
      'first call failed: the preview is stopped: npm start',
    ]);
    const settings = (name: string) =>
      parseEnv(readFileSync(join(directory, name), 'utf8')) as NodeJS.ProcessEnv;
    const admin = 'apps/auth-service/dist/admin.js';
    const answers = await Promise.all([
      runToEnd(admin, ['keys', 'list', '--tenant', 'northwind'], settings('auth.env')),
      runToEnd('apps/audit-service/dist/admin.js', ['verify'], settings('audit.env')),
      runToEnd('tools/import/main.ts', ['--tenant', 'northwind', join(root, 'package.json')], env),
    ]);
    for (const { code, said } of answers) {
      expect([code === 0, said]).toEqual([false, expect.stringContaining('npm start')]);
      expect(said.trim().split('\n')).toHaveLength(1);
    }
  });

  test('names the file that a power failure has emptied, and --fresh cures it', async () => {
    const port = String(await freePort());
    for (const name of ['secrets.json', 'running.json']) {
      writeFileSync(join(damaged, name), '');
      const { code, said } = await runToEnd('tools/preview/main.ts', SMALL, {
        LOCAL_DIR: damaged,
        PORT: port,
      });
      expect([code, said.trim()]).toEqual([
        1,
        `not started: ${join(damaged, name)} is damaged; begin with new data: npm start -- --fresh`,
      ]);
    }
    running = await install({ directory: damaged, args: [...SMALL, '--fresh'] });
  });

  test(
    'stops everything and prints one line with the reason when a service dies',
    async () => {
      const service = (await previewProcesses(damaged)).at(-1);
      // 0 would be the test itself, and all that it started.
      if (service === undefined) throw new Error('nothing runs');
      // After its last line has come, which an exit does not wait for.
      const exited = new Promise((done) => running.process.once('close', done));
      process.kill(service, 'SIGKILL');
      expect(await exited).toBe(1);
      expect(running.output()).toMatch(/\nstopped: .* ended unexpectedly \(SIGKILL\)\n$/);
      expect(await isServed(running)).toBe(false);
    },
    GONE_MS * 6,
  );

  test.each([
    [{ PORT: 'abc' }, /^not started: wrong configuration: PORT: /],
    [{ PORT: '99999' }, /^not started: wrong configuration: PORT: /],
    [{ LOCAL_DIR: '/dev/null/x' }, /^not started: ENOTDIR/],
  ])('prints one line for %j', async (env, line) => {
    const { code, said } = await runToEnd('tools/preview/main.ts', [], {
      LOCAL_DIR: directory,
      PORT: '1',
      ...env,
    });
    expect([code, said.trim()]).toEqual([1, expect.stringMatching(line)]);
    expect(said.trim().split('\n')).toHaveLength(1);
  });
});

/** The kinds of settings that may be left out. */
const OPTIONAL: readonly string[] = [
  'brokers',
  'checkpoint log',
  'mail directory',
  'developers URL',
  'preview plans',
  'test client URL',
  'test client plans',
  'card viewer URL',
];

/**
 * The settings without which a service does not start: addresses of other services, its database and role, its
 * secrets.
 */
const NEEDED = SERVICE_NAMES.map((service): [ServiceName, string[]] => {
  const needed = Object.entries(TOPOLOGY[service].settings).filter(
    ([, setting]) => !OPTIONAL.includes(setting.kind),
  );
  return [service, needed.map(([name]) => name)];
});

describe.each(NEEDED)('P20: %s', (service, needed) => {
  const start = (env: NodeJS.ProcessEnv) => runToEnd(`apps/${service}/dist/main.js`, [], env);

  test('does not start without a setting that it needs, and names the setting in one line', async () => {
    const { code, said } = await start({});
    expect([code, said.trim().split('\n')]).toEqual([78, [expect.stringContaining('"not started"')]]);
    for (const name of needed) expect(said).toContain(`${name}: `);
  });

  test('does not start with an invalid secret, and does not print the secret', async () => {
    const secrets = [
      ...['EVENT_KEY', 'CURSOR_SECRET', 'GATEWAY_CLIENT_SECRET', 'KEY_ENCRYPTION_KEY'],
      'CHECKPOINT_KEY',
    ];
    const own = secrets.filter((name) => needed.includes(name));
    const { code, said } = await start(Object.fromEntries(own.map((name) => [name, 'short-7f3a'])));
    expect([code, said.includes('short-7f3a')]).toEqual([78, false]);
    for (const name of own) expect(said).toContain(`${name}: `);
  });
});
