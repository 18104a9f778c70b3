import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder of migrations in Prisma's format, by name. */
export async function migrations(
  files: Record<string, string>,
): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'patient-access-migrations-'));
  for (const [name, sql] of Object.entries(files)) {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, 'migration.sql'), sql);
  }
  return { directory, remove: () => rm(directory, { recursive: true }) };
}
