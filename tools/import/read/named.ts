/** Reads a file that somebody has named in a command. */
import { readFileSync } from 'node:fs';

const WHY: Readonly<Record<string, string>> = { ENOENT: 'no such file', EISDIR: 'it is a folder' };

/** @throws Error with one line that names the file */
export function readNamed(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`${file}: ${WHY[code] ?? message}`, { cause: error });
  }
}
