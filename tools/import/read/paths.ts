/** Lists the files that an import reads: the named ones, and in named folders all files with a name of FHIR JSON. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { definitions, isReferenceData } from '@patient-access/fhir';
import { z } from 'zod';

export interface SourceFile {
  path: string;
  size: number;
  /** what messages call it, when that is not its path */
  name?: string;
}

/** A named path cannot be imported. The message is one line for the person who typed it. */
export class NothingToImport extends Error {
  override name = 'NothingToImport';
}

const IMPORTABLE = /\.(json|ndjson|jsonl)(\.gz)?$/i;
/** What an earlier import said about its files, where it was told to write that into their folder. */
const FINDINGS = /\.(rejects|repeats)\.ndjson$/i;

/** A name that exports give to a file of one type: `Practitioner.ndjson`, `1.Practitioner.ndjson`, `Practitioner-2.json.gz`. */
const NAMED_BY_TYPE = /^(?:\d+[._-])?([A-Z][A-Za-z]+)(?:[._-]\d+)*\.(?:json|ndjson|jsonl)(?:\.gz)?$/;

/** Systems write such files for themselves, as macOS `._claims.ndjson` beside `claims.ndjson`. */
const isHidden = (name: string): boolean => name.startsWith('.');

const isRead = (name: string): boolean => IMPORTABLE.test(name) && !FINDINGS.test(name) && !isHidden(name);

interface Folder {
  root: string;
  /** real paths that were read already, because symbolic links may form a circle or lead to one file twice */
  seen: Set<string>;
}

/** What stands in a folder: a file to read, or what is not read, though it may have been meant as data. */
type Found = SourceFile | { unread: string };

const MANIFEST = 'manifest.json';
/** What import:export-plan writes beside its files (export-files.ts). */
const ExportManifest = z.object({
  tenant: z.string(),
  complete: z.literal(true),
  files: z.array(z.object({ name: z.string() })),
});

/** @returns the names of the files in an export, relative to its folder; undefined: the folder is no export */
async function exportedTo(folder: string): Promise<string[] | undefined> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => '');
  try {
    return ExportManifest.parse(JSON.parse(text)).files.map(({ name }) => name);
  } catch {
    return undefined;
  }
}

/**
 * An export has former versions and what the plan published in folders of its own. Read with the records, the former versions
 * would take their place. What was published has its former versions in a folder, too; the manifest stands above it.
 *
 * @param folder its real path
 * @returns the names of the files with records; undefined: the folder is neither an export nor a part of one
 */
async function recordsOfExport(folder: string): Promise<ReadonlySet<string> | undefined> {
  const within = `${basename(folder)}/`;
  const above = (await exportedTo(dirname(folder)))?.filter((name) => name.startsWith(within)) ?? [];
  const part = above.length > 0 ? above.map((name) => name.slice(within.length)) : undefined;
  const names = (await exportedTo(folder)) ?? part;
  return names && new Set(names.filter((name) => !name.includes('/')));
}

async function* filesIn(path: string, folder: Folder): AsyncGenerator<Found> {
  const names = (await readdir(path)).sort();
  const exported = await recordsOfExport(await realpath(path));
  for (const name of names) {
    if (!exported || exported.has(name)) yield* foundAt(join(path, name), folder);
    else if (name !== MANIFEST) yield { unread: join(path, name) };
  }
}

async function* foundAt(path: string, folder: Folder): AsyncGenerator<Found> {
  const name = basename(path);
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined && folder.seen.has(real)) return;
  // A symbolic link must not lead the import out of the named folder.
  if (!real?.startsWith(folder.root + sep)) return yield { unread: path };
  const found = await stat(real);
  // A link may give a name that is read to a file that has none.
  if (found.isDirectory() || isRead(name)) folder.seen.add(real);
  if (found.isDirectory()) yield* filesIn(path, folder);
  else if (found.isFile() && isRead(name)) yield { path, size: found.size };
  else if (!FINDINGS.test(name) && (IMPORTABLE.test(name) || !isHidden(name))) yield { unread: path };
}

/**
 * Among files that are named by types, those of reference data go first, so that others find in the database what they name by
 * an identifier. No file goes past one of another name, which may speak of the same resources: what is read last counts.
 */
function referenceDataFirst(files: readonly SourceFile[]): SourceFile[] {
  const ordered: SourceFile[] = [];
  const others: SourceFile[] = [];
  for (const file of files) {
    const definition = definitions.get(NAMED_BY_TYPE.exec(basename(file.path))?.[1] ?? '');
    if (!definition) ordered.push(...others.splice(0), file);
    else (isReferenceData(definition) ? ordered : others).push(file);
  }
  return [...ordered, ...others];
}

/** The files that are named, and what stands in named folders and is not read. */
export interface ListedFiles {
  files: SourceFile[];
  unread: string[];
}

async function filesAt(path: string): Promise<ListedFiles> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new NothingToImport(`${path}: ${error.code === 'ENOENT' ? 'no such file or folder' : error.code}`);
  });
  if (found.isFile()) return { files: [{ path, size: found.size }], unread: [] };
  if (!found.isDirectory()) throw new NothingToImport(`${path}: neither a file nor a folder`);
  const root = await realpath(path);
  const [files, unread]: [SourceFile[], string[]] = [[], []];
  for await (const each of filesIn(path, { root, seen: new Set([root]) })) {
    if ('unread' in each) unread.push(each.unread);
    else files.push(each);
  }
  if (files.length === 0) throw new NothingToImport(`${path}: no .json, .ndjson or .jsonl (or .gz of these)`);
  return { files: referenceDataFirst(files), unread };
}

/**
 * @returns the files at `paths` in the given order; the files of a folder are sorted by name, with those of reference data first
 * @throws NothingToImport when a path does not exist or has no file to import
 */
export async function listFiles(paths: readonly string[]): Promise<ListedFiles> {
  const listed = await Promise.all(paths.map(filesAt));
  return {
    files: listed.flatMap(({ files }) => files),
    unread: listed.flatMap(({ unread }) => unread),
  };
}

/**
 * @param file where an import is told to write what it found
 * @returns which of the paths is this file, or is a folder that is read with it; undefined: none
 */
export async function pathWith(file: string, paths: readonly string[]): Promise<string | undefined> {
  const beside = join(await realpath(dirname(file)).catch(() => dirname(file)), basename(file));
  const written = await realpath(file).catch(() => beside);
  for (const path of paths) {
    const real = await realpath(path).catch(() => undefined);
    const isWithin = real !== undefined && written.startsWith(real + sep) && isRead(basename(written));
    if (real === written || isWithin) return path;
  }
  return undefined;
}
