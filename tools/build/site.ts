/** Makes the pages of the developer site with VitePress, when something that they are made from has changed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const SITE = 'apps/developer-site';
const VITEPRESS = 'node_modules/vitepress';
const SOURCES = [
  'docs/developers/**/*',
  `${SITE}/site/.vitepress/{config.js,theme/*}`,
  `${VITEPRESS}/package.json`,
];
/** The hash of what the pages were made from. */
const STAMP = join(root, SITE, 'dist/site.inputs');

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root, withFileTypes: true }));
  const paths = files.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const path of paths.sort()) hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

/** @throws Error with what VitePress said, as about a link that leads nowhere */
function runVitePress(): void {
  const program = join(root, VITEPRESS, 'bin/vitepress.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'build', join(SITE, 'site')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the developer site was not built:\n${stdout}${stderr}`);
}

/** @param project path in the workspace @returns whether the project is the developer site */
export const isSite = (project: string): boolean => resolve(root, project) === join(root, SITE);

/** Builds the pages if they are not up to date. */
export async function buildSite(): Promise<void> {
  const wanted = hashOfSources();
  const isBuilt = existsSync(join(root, SITE, 'out-site/404.html'));
  if (isBuilt && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  runVitePress();
  await mkdir(dirname(STAMP), { recursive: true });
  await writeFile(STAMP, wanted);
}
