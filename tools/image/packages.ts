/** Finds the packages that an image needs, at the versions of `package-lock.json`. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface LockedPackage {
  version: string;
  license?: string;
  integrity?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export interface InstalledPackage {
  /** `node_modules/fastify`, in the workspace and in the image */
  path: string;
  name: string;
  version: string;
  license: string | undefined;
  /** `sha512-…`, of the packed package */
  integrity: string | undefined;
}

/** Packages that are never loaded by Node: they are the standard library of another runtime, Bare. */
const FOR_ANOTHER_RUNTIME = /^bare-/;

type Lock = Readonly<Record<string, LockedPackage>>;

export const readLock = (root: string): Lock =>
  (JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Lock }).packages;

/** @returns the path at which Node finds a package from a folder: the nearest `node_modules` upwards */
function installedAt(lock: Lock, folder: string, name: string): string | undefined {
  for (let from = folder; ; from = dirname(from)) {
    const path = join(from, 'node_modules', name);
    if (lock[path]) return path;
    if (from === '.') return undefined;
  }
}

function neededBy({
  dependencies,
  optionalDependencies,
  peerDependencies = {},
  peerDependenciesMeta,
}: LockedPackage): string[] {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers].filter(
    (name) => !FOR_ANOTHER_RUNTIME.test(name),
  );
}

/**
 * @param imported packages by name, with the file that imports each
 * @returns these and all that they depend on, sorted by path
 * @throws Error about an import of a package that is not installed
 */
export function packagesFor(lock: Lock, imported: ReadonlyMap<string, string>): InstalledPackage[] {
  const found = new Set<string>();
  const waiting = [...imported].map(([name, file]) => {
    const path = installedAt(lock, dirname(file), name);
    if (path === undefined) throw new Error(`${file} imports ${name}, which is not installed`);
    return path;
  });
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const name of neededBy(lock[path] as LockedPackage))
      waiting.push(installedAt(lock, path, name) ?? path);
  }
  return [...found].sort().map((path) => {
    const { version, license, integrity } = lock[path] as LockedPackage;
    return { path, name: path.slice(path.lastIndexOf('node_modules/') + 13), version, license, integrity };
  });
}
