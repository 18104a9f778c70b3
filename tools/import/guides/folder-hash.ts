/** A hash over files, which says whether a program or its data are the same. */
import type { Hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Adds a part with its length, so that no two lists of parts give the same hash. */
export const addPart = (hash: Hash, part: string | Buffer): Hash =>
  hash.update(`${part.length} `).update(part);

/** Adds the names and the content of the files below a folder, in the order of the names. */
export function addFolder(hash: Hash, folder: string, wanted: RegExp): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    wanted.test(name),
  );
  for (const name of files.sort()) {
    addPart(hash, name);
    addPart(hash, readFileSync(join(folder, name)));
  }
}
