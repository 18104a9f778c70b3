/** Writes the folder that becomes `/app` in an image. */
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isBallast } from './ballast.ts';
import type { Image } from './images.ts';
import { followImports } from './imports.ts';
import { packagesFor, readLock } from './packages.ts';
import { sbomOf } from './sbom.ts';

/** The list of packages, in the image. */
const SBOM = 'sbom.cdx.json';

/** The terms of what the product ships of others. Sources ask that it goes wherever their tables and texts go. */
const NOTICE = 'NOTICE';

/** Node reads from it whether a file is a module. */
function packageFileOf(root: string, file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(join(root, path)) || folder === '.') return path;
  }
}

/** Copies a file or a folder to the same path; of a package, without the packages inside it. */
function copy(root: string, target: string, path: string, skip: (file: string) => boolean): void {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(root, path), join(target, path), {
    recursive: true,
    filter: (from) => !skip(relative(root, from) + (lstatSync(from).isDirectory() ? '/' : '')),
  });
}

/**
 * @param root folder of the workspace, built
 * @param target an empty folder
 * @param name of the image
 */
export function writeTree(root: string, target: string, name: string, image: Image): void {
  const { files, projects, packages } = followImports(root, image.programs);
  const installed = packagesFor(readLock(root), packages);
  const own = new Set([...files, ...[...files].map((file) => packageFileOf(root, file)), 'package.json']);
  for (const path of [...own, NOTICE, ...image.files]) copy(root, target, path, () => false);
  for (const { path } of installed) {
    const inside = `${path}/node_modules/`;
    copy(root, target, path, (file) => file.startsWith(inside) || isBallast(file));
  }
  for (const [project, folder] of projects) {
    const link = join('node_modules', project);
    mkdirSync(dirname(join(target, link)), { recursive: true });
    symlinkSync(relative(dirname(link), folder), join(target, link));
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  writeFileSync(join(target, SBOM), `${JSON.stringify(sbomOf(name, version, installed), null, 2)}\n`);
}
