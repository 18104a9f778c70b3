import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes the files of a report into a folder. @returns their paths */
export async function writeReport(folder: string, files: Record<string, string>): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = Object.keys(files).map((name) => join(folder, name));
  await Promise.all(Object.values(files).map((content, at) => writeFile(paths[at] as string, content)));
  return paths;
}
