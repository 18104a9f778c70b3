/** The build of an earlier commit, which `earlier-build.json` names. It is moved forward with each release. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reachableTemporary } from '@patient-access/testing';
import { ROOT } from '../replicas/replicated-system.ts';

export interface EarlierBuild {
  commit: string;
  /** folder of its workspace */
  root: string;
  /** whether its services can call each other over TLS (ADR 110) */
  hasServiceTls: boolean;
  remove(): void;
}

const commitNamed = (): string =>
  (JSON.parse(readFileSync(join(import.meta.dirname, 'earlier-build.json'), 'utf8')) as { commit: string })
    .commit;

const run = (folder: string, program: string, ...args: string[]): void =>
  void execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });

/** What a lock file says of one folder of packages. */
interface Locked {
  version?: string;
  integrity?: string;
  /** of a link: the folder in the workspace */
  resolved?: string;
  /** whether nothing but the development of the project asks for it */
  dev?: boolean;
}

/** @returns what npm puts below `node_modules`, by its path */
function lockedPackages(root: string): Map<string, Locked> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return new Map(Object.entries(packages).filter(([path]) => path.includes('node_modules/')));
}

const isSame = (one: Locked | undefined, other: Locked): boolean =>
  one?.version === other.version && one?.integrity === other.integrity && one?.resolved === other.resolved;

/** A package in the folder of another one, or of a project, is found before the one at the top. */
const isAtTop = (path: string): boolean => path.lastIndexOf('node_modules/') === 0;

/**
 * Does this workspace have the packages of the earlier one, at the same places in `node_modules`? One more at the top
 * changes nothing, because nothing of the earlier build asks for it. One that only its development asked for may be gone:
 * most are for tests, and a build that needs it ends with its name.
 */
function hasPackagesOf(root: string): boolean {
  const [here, earlier] = [lockedPackages(ROOT), lockedPackages(root)];
  return (
    [...earlier].every(
      ([path, locked]) =>
        path.startsWith('node_modules/') &&
        (isSame(here.get(path), locked) || (locked.dev === true && !here.has(path))),
    ) && [...here.keys()].every((path) => earlier.has(path) || isAtTop(path))
  );
}

const PACKAGES = join(ROOT, 'node_modules');

/** Files can be linked within one file system only. */
const isBesidePackages = (folder: string): boolean =>
  existsSync(folder) && statSync(folder).dev === statSync(PACKAGES).dev;

/** The folder for temporary files may be in another file system, in memory for example. The packages have a gigabyte and a half. */
const temporaryFolder = (): string => [tmpdir(), '/var/tmp'].find(isBesidePackages) ?? tmpdir();

/** The packages of this workspace, linked or copied; where the earlier one has others, npm installs them. */
function install(root: string): void {
  const option = isBesidePackages(root) ? '-al' : '-a';
  if (hasPackagesOf(root)) run(root, 'cp', option, PACKAGES, join(root, 'node_modules'));
  else run(root, 'npm', 'ci', '--no-audit', '--no-fund');
}

/** Builds the earlier commit in a folder of its own. @throws Error when this clone does not have the commit */
export function buildEarlier(): EarlierBuild {
  const commit = commitNamed();
  const parent = reachableTemporary('patient-access-earlier-', temporaryFolder());
  const root = join(parent, 'build');
  const remove = () => rmSync(parent, { recursive: true, force: true });
  try {
    run(parent, 'git', 'clone', '--quiet', '--no-checkout', '--shared', ROOT, root);
    run(root, 'git', 'checkout', '--quiet', commit);
    if (!existsSync(join(root, 'package-lock.json'))) throw new Error(`${commit} is not a workspace`);
    install(root);
    run(root, process.execPath, 'tools/build/main.ts');
    const hasServiceTls = existsSync(join(root, 'tools/preview/service-tls.ts'));
    return { commit, root, hasServiceTls, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
