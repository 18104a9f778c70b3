/**
 * The golden set. Each line has the content of a narrative and what is left of it. Control characters are escaped.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '<div xmlns="http://www.w3.org/1999/xhtml">';

const linesOf = (file: string) =>
  readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .slice(0, -1);

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', f: '\f', '0': '\0', '\\': '\\' };

const unescaped = (line: string) =>
  line.replace(/\\(?:u([0-9a-f]{4})|([ntf0\\]))/g, (_, hex?: string, letter?: string) =>
    hex !== undefined ? String.fromCharCode(parseInt(hex, 16)) : (ESCAPES[letter ?? ''] ?? ''),
  );

export interface Golden {
  payload: string;
  div: string;
  /** undefined if nothing is left */
  clean: string | undefined;
}

/** Each payload in a narrative of its own, with the expected result. */
export function goldenSet(): Golden[] {
  const clean = linesOf('clean.txt');
  return linesOf('payloads.txt').map((line, at) => ({
    payload: line,
    div: `${ROOT}${unescaped(line)}</div>`,
    clean: clean[at] === '' ? undefined : unescaped(clean[at] ?? ''),
  }));
}
