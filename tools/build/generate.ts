/** `node tools/build/generate.ts {project}…`: makes the Prisma client of a project from its `prisma/schema.prisma`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

const schemaOf = (project: string) => join(root, project, 'prisma/schema.prisma');

/** A schema without a generator only describes the tables, and has no client. */
async function hasClient(project: string): Promise<boolean> {
  const schema = schemaOf(project);
  return existsSync(schema) && (await readFile(schema, 'utf8')).includes('generator client');
}

/**
 * Makes the Prisma client. `prisma generate` wants to download a schema engine that it does not use. Any executable in
 * its place lets it work without a network.
 *
 * @param project folder in the workspace, `apps/auth-service`
 * @throws Error with what Prisma said when it fails
 */
export async function generateClient(project: string): Promise<void> {
  if (!(await hasClient(project))) return;
  const prisma = join(root, 'node_modules/prisma/build/index.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [prisma, 'generate', '--schema', schemaOf(project)],
    {
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
      cwd: root,
    },
  );
  if (status !== 0) throw new Error(`prisma generate failed for ${project}: ${String(stderr)}`);
}

/** @returns whether the client is missing, or older than the schema or the versions of the packages */
export async function isClientOutdated(project: string): Promise<boolean> {
  if (!(await hasClient(project))) return false;
  const client = join(root, project, 'src/generated/client.ts');
  if (!existsSync(client)) return true;
  const [made, ...from] = await Promise.all(
    [client, schemaOf(project), join(root, 'package-lock.json')].map(
      async (file) => (await stat(file)).mtimeMs,
    ),
  );
  return from.some((time) => time > (made ?? 0));
}

if (import.meta.main) for (const project of process.argv.slice(2)) await generateClient(project);
