/** The code of the pages for app developers, as it is in `docs/developers`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PAGES = resolve(import.meta.dirname, '../../../docs/developers');
const BLOCK = /^```([a-z]*)[^\n]*\n([\s\S]*?)^```$/gm;

/** @param page without its suffix, as `start` @param language as after the fence @returns the blocks in their order */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(resolve(PAGES, `${page}.md`), 'utf8');
  return [...text.matchAll(BLOCK)].flatMap(([, named, code = '']) => (named === language ? [code] : []));
}
