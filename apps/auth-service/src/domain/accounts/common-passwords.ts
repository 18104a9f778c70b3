/** Passwords that many people use, from published breaches (apps/auth-service/data/README.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The same place from `src` and from `dist`. */
const FILE = join(import.meta.dirname, '../../../data/common-passwords.txt.gz');

let known: ReadonlySet<string> | undefined;

/** @param text in lower case */
export function isCommonPassword(text: string): boolean {
  known ??= new Set(gunzipSync(readFileSync(FILE)).toString('utf8').split('\n'));
  return text !== '' && known.has(text);
}
