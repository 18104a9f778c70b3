import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes the files of a report into a folder. They get their names when all are whole: a part of a list looks like a list, and
 * where the disk is full those of the run before stay.
 *
 * @returns their paths
 */
export async function writeReport(folder: string, files: Record<string, string>): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = Object.keys(files).map((name) => join(folder, name));
  const parts = paths.map((path) => `${path}.part`);
  try {
    const written = await Promise.allSettled(
      Object.values(files).map((content, at) => writeFile(parts[at] as string, content, { flush: true })),
    );
    for (const each of written) if (each.status === 'rejected') throw each.reason as Error;
    await Promise.all(parts.map((part, at) => rename(part, paths[at] as string)));
  } finally {
    await Promise.all(parts.map((part) => rm(part, { force: true })));
  }
  return paths;
}
