/**
 * `node tools/build/main.ts [project…]`: compiles the `src` of projects into their `dist`, with SWC in one process, and
 * makes the pages of the developer site, the sample app and the viewer of cards.
 * Without arguments it compiles all projects. It does not check types; `npm run typecheck` does.
 */
import { existsSync, globSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { transformFile } from '@swc/core';
import { generateClient, isClientOutdated } from './generate.ts';
import { compiledPath, sourcePath } from './paths.ts';
import { buildSite, isForBrowsers } from './site.ts';

const root = resolve(import.meta.dirname, '../..');

/** @param file path in the workspace, `{project}/src/…` */
async function compile(file: string): Promise<void> {
  const [source, target] = [join(root, file), join(root, compiledPath(file))];
  const options = { configFile: join(root, '.swcrc'), root, sourceFileName: source };
  const { code, map } = await transformFile(source, options);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, map ? `${code}\n//# sourceMappingURL=${basename(target)}.map\n` : code);
  if (map) await writeFile(`${target}.map`, map);
}

/** Deletes compiled files without a source. All other files stay in place, because a running service may use them. */
async function prune(project: string): Promise<void> {
  for (const file of globSync(`${project}/dist/**/*.js`, { cwd: root }))
    if (!existsSync(join(root, sourcePath(file)))) await rm(join(root, file));
}

/** @returns the number of compiled files; 0 for a tool, because Node runs tools from their source */
async function build(project: string): Promise<number> {
  if (await isClientOutdated(project)) await generateClient(project);
  const sources = isForBrowsers(project)
    ? []
    : globSync(`${project}/src/**/*.ts`, { cwd: root, exclude: ['**/*.test.ts'] });
  await Promise.all(sources.map(compile));
  await prune(project);
  await buildSite(project);
  return sources.length;
}

const given = process.argv.slice(2);
const projects = given.length > 0 ? given : globSync('{apps,libs}/*', { cwd: root });
let files = 0;
for (const project of projects) files += await build(project);
console.log(`build: ${files} files compiled`);
