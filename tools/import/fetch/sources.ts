/** The files of an import: those of this machine, and those that are fetched for it. */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readNamed } from '../read/named.ts';
import { type ListedFiles, listFiles, NothingToImport, type SourceFile } from '../read/paths.ts';
import { type Address, parseAddress, isAddress } from './address.ts';
import { downloadWhole } from './download.ts';

/**
 * Files to read, in the order in which they were named, those of lists behind them: of two with one resource the later one counts.
 * What was fetched is removed at the end.
 */
export interface Sources extends AsyncDisposable {
  files: readonly SourceFile[];
  /** what stands in named folders and is not read */
  unread: readonly string[];
}

/** @throws NothingToImport */
function textOf(file: string): string {
  try {
    return String(readNamed(file));
  } catch (error) {
    throw new NothingToImport((error as Error).message, { cause: error });
  }
}

/** @returns the addresses in a file, one a line @throws NothingToImport */
function addressesIn(file: string): string[] {
  const lines = textOf(file)
    .split('\n')
    .map((line) => line.trim());
  const found = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (found.length === 0) throw new NothingToImport(`${file}: has no address`);
  const at = lines.findIndex((line) => found.includes(line) && !isAddress(line));
  if (at >= 0) throw new NothingToImport(`${file}: line ${at + 1} is no address`);
  return found;
}

/** The name of a file decides its form only when its text is broken. */
const fileNameOf = ({ url }: Address) => basename(url.pathname).replace(/[^\w.-]/g, '_') || 'file';

async function fetched(address: Address, folder: string, signal: AbortSignal): Promise<SourceFile> {
  await mkdir(folder);
  const path = join(folder, fileNameOf(address));
  await downloadWhole(address, path, { signal });
  return { path, size: (await stat(path)).size, name: address.name };
}

/**
 * Fetches all files before any of them is read, so that a file that does not come whole stops the load before it begins.
 *
 * @param named paths and addresses @param lists files with addresses
 * @throws NothingToImport, WrongAddress or Error with one line
 */
export async function openSources(
  named: readonly string[],
  lists: readonly string[],
  signal: AbortSignal,
): Promise<Sources> {
  const listed = lists.flatMap(addressesIn);
  const wanted = [...named, ...listed].map((text) => (isAddress(text) ? parseAddress(text) : text));
  // A path that is wrong ends the command before anything is fetched.
  const found: (ListedFiles | Address)[] = await Promise.all(
    wanted.map((each) => (typeof each === 'string' ? listFiles([each]) : each)),
  );
  const unread = found.flatMap((each) => ('unread' in each ? each.unread : []));
  if (!found.some((each) => 'url' in each))
    return {
      files: found.flatMap((each) => ('files' in each ? each.files : [])),
      unread,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-import-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const files: SourceFile[] = [];
    for (const [at, each] of found.entries())
      if ('files' in each) files.push(...each.files);
      else files.push(await fetched(each, join(folder, String(at)), signal));
    return { files, unread, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
