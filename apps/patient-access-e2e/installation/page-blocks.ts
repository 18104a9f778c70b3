/** The code of the pages for app developers, as it is in `docs/developers`. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PAGES = resolve(import.meta.dirname, '../../../docs/developers');
const BLOCK = /^```([a-z]*)[^\n]*\n([\s\S]*?)^```$/gm;

/** @param page without its suffix, as `start` @param language as after the fence @returns the blocks in their order */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(resolve(PAGES, `${page}.md`), 'utf8');
  return [...text.matchAll(BLOCK)].flatMap(([, named, code = '']) => (named === language ? [code] : []));
}

/** @returns for each page that has code, the languages after its fences; `''` stands for none */
export const pagesWithCode = (): [page: string, languages: string[]][] =>
  globSync('*.md', { cwd: PAGES })
    .sort()
    .map((file): [string, string[]] => {
      const text = readFileSync(resolve(PAGES, file), 'utf8');
      const languages = [...text.matchAll(BLOCK)].map(([, language = '']) => language);
      return [file.replace('.md', ''), [...new Set(languages)].sort()];
    })
    .filter(([, languages]) => languages.length > 0);
