/** Which files an import reads: those named, and inside named folders everything that looks like FHIR JSON. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface SourceFile {
  path: string;
  size: number;
}

/** What was asked for cannot be imported: the message is one line for whoever typed it. */
export class NothingToImport extends Error {
  override name = 'NothingToImport';
}

const IMPORTABLE = /\.(json|ndjson|jsonl)(\.gz)?$/i;

interface Folder {
  root: string;
  /** real paths already seen: a symbolic link may lead round in a circle, or to a file twice */
  seen: Set<string>;
}

async function* filesIn(path: string, folder: Folder): AsyncGenerator<SourceFile> {
  for (const name of (await readdir(path)).sort()) {
    const child = join(path, name);
    const real = await realpath(child).catch(() => undefined);
    if (real === undefined || folder.seen.has(real)) continue;
    // A link may not lead an import out of the folder that was named.
    if (!real.startsWith(folder.root + sep)) continue;
    folder.seen.add(real);
    const found = await stat(real);
    if (found.isDirectory()) yield* filesIn(child, folder);
    else if (found.isFile() && IMPORTABLE.test(name)) yield { path: child, size: found.size };
  }
}

async function filesAt(path: string): Promise<SourceFile[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new NothingToImport(`${path}: ${error.code === 'ENOENT' ? 'no such file or folder' : error.code}`);
  });
  if (found.isFile()) return [{ path, size: found.size }];
  if (!found.isDirectory()) throw new NothingToImport(`${path}: neither a file nor a folder`);
  const root = await realpath(path);
  const files: SourceFile[] = [];
  for await (const file of filesIn(path, { root, seen: new Set([root]) })) files.push(file);
  if (files.length === 0) throw new NothingToImport(`${path}: no .json, .ndjson or .jsonl (or .gz of these)`);
  return files;
}

/**
 * @returns the files at `paths`, in that order, a folder's own sorted by name
 * @throws NothingToImport when one of them does not exist or holds nothing
 */
export async function listFiles(paths: readonly string[]): Promise<SourceFile[]> {
  return (await Promise.all(paths.map(filesAt))).flat();
}
