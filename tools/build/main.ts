/**
 * Generates the Prisma clients whose schema changed, then compiles every project's `src` into its own `dist`: SWC in one process, only what changed.
 * Type errors are `npm run check`'s business; this step has to be fast enough to stand before every start.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { transformFile } from '@swc/core';
import { compiledPath, sourcePath } from './paths.ts';

const root = resolve(import.meta.dirname, '../..');
const swcrc = join(root, '.swcrc');

async function modifiedAt(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).mtimeMs : 0;
}

/** @param file path in the workspace, `{project}/src/…` */
async function compile(file: string, newest: number): Promise<boolean> {
  const source = join(root, file);
  const target = join(root, compiledPath(file));
  if ((await modifiedAt(target)) > Math.max(await modifiedAt(source), newest)) return false;
  const { code, map } = await transformFile(source, { configFile: swcrc, root, sourceFileName: source });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, map ? `${code}\n//# sourceMappingURL=${basename(target)}.map\n` : code);
  if (map) await writeFile(`${target}.map`, map);
  return true;
}

/** A source that was deleted must not live on in `dist`. */
async function prune(): Promise<void> {
  for await (const file of glob('{apps,libs}/*/dist/**/*.js', { cwd: root })) {
    if (!existsSync(join(root, sourcePath(file)))) await rm(join(root, file));
  }
}

/**
 * `prisma generate` asks for a schema engine to download and does not use it; any executable in its place lets it
 * work without network.
 */
async function generateClients(): Promise<void> {
  for await (const file of glob('{apps,libs}/*/prisma/schema.prisma', { cwd: root })) {
    const schema = join(root, file);
    const client = join(dirname(schema), '../src/generated/client.ts');
    if (!(await readFile(schema, 'utf8')).includes('generator client')) continue;
    if ((await modifiedAt(client)) > (await modifiedAt(schema))) continue;
    const prisma = join(root, 'node_modules/prisma/build/index.js');
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
    const { status, stderr } = spawnSync(process.execPath, [prisma, 'generate', '--schema', schema], {
      env,
      cwd: root,
    });
    if (status !== 0) throw new Error(`prisma generate failed for ${file}: ${String(stderr)}`);
  }
}

await generateClients();
const newest = await modifiedAt(swcrc);
const sources: string[] = [];
for await (const file of glob('{apps,libs}/*/src/**/*.ts', { cwd: root })) {
  if (!file.endsWith('.test.ts')) sources.push(file);
}
const compiled = await Promise.all(sources.map((source) => compile(source, newest)));
await prune();
console.log(`build: ${compiled.filter(Boolean).length} of ${sources.length} files compiled`);
