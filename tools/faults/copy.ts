/** Makes a copy of the compiled product with one seeded bug. The product itself has no switch for bugs. */
import { cp, glob, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { transform } from '@swc/core';
import { compiledPath } from '@patient-access/build';
import type { Bug, Changes } from './bugs.ts';

const root = resolve(import.meta.dirname, '../..');
const SCOPE = '@patient-access';

/** Links external packages to the originals, and our own packages to the copy. */
async function linkPackages(target: string): Promise<void> {
  const [from, to] = [join(root, 'node_modules'), join(target, 'node_modules')];
  await mkdir(join(to, SCOPE), { recursive: true });
  for (const name of await readdir(from)) if (name !== SCOPE) await symlink(join(from, name), join(to, name));
  for (const name of await readdir(join(root, 'libs')))
    await symlink(join(target, 'libs', name), join(to, SCOPE, name));
}

/** @returns the source with the bug in it, compiled @throws Error when a text to be replaced is not there */
export async function patched(file: string, changes: Changes): Promise<string> {
  let source = await readFile(join(root, file), 'utf8');
  for (const [text, by] of changes) {
    if (source.split(text).length !== 2)
      throw new Error(`the seeded bug does not apply any more: ${file}, ${text}`);
    source = source.replace(text, () => by);
  }
  const configFile = join(root, '.swcrc');
  return (await transform(source, { configFile, root, filename: join(root, file) })).code;
}

/**
 * @returns the folder of the apps in the copy
 * @throws Error when the source has changed so that the bug does not fit
 */
export async function buggyCopy(bug: Bug, target: string): Promise<string> {
  for await (const entry of glob('{apps,libs}/*/{dist,out-site,out-app,package.json,prisma}', { cwd: root }))
    await cp(join(root, entry), join(target, entry), { recursive: true });
  await linkPackages(target);
  for (const [file, changes] of Object.entries(bug.changes)) {
    await writeFile(join(target, compiledPath(file)), await patched(file, changes));
  }
  return join(target, 'apps');
}
