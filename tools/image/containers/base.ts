/** Makes an image that stands for `node:…-slim`, from Debian's packages and the npm package `node`: without a registry. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Podman } from './podman.ts';

const RELEASE = 'trixie';
/** What Node and a shell need. */
const PACKAGES = [
  'base-files',
  'bash',
  'coreutils',
  'dash',
  'grep',
  'libc-bin',
  'libc6',
  'libstdc++6',
  'sed',
];

/**
 * @param folder an empty folder
 * @returns the name of the image
 * @throws Error when Debian's packages cannot be had
 */
export function makeBase(podman: Podman, root: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const tar = join(folder, 'debian.tar');
  const { status, stderr, error } = spawnSync(
    'mmdebstrap',
    ['--quiet', '--variant=extract', `--include=${PACKAGES.join(',')}`, RELEASE, tar],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`mmdebstrap failed: ${error?.message ?? stderr}`);
  podman.must('import', '--quiet', tar, 'localhost/debian');
  cpSync(join(root, 'node_modules/node/bin/node'), join(folder, 'node'));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM localhost/debian\nCOPY node /usr/local/bin/node\n');
  podman.must('build', '--quiet', '--pull=never', '--tag', 'localhost/node', folder);
  return 'localhost/node';
}
