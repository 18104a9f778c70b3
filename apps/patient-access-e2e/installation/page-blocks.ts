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

/** A value that a page leaves open: `code=…`, `{access_token}`, or `launch=Zk2…` of a value that goes on. */
const OPEN_VALUE = /([\w-]+)=\w*…|\{([^}]+)\}/g;

/**
 * A request or an address of a page, with its open values filled in. Lines of an address or a form that begin with `&`
 * belong to the line before.
 *
 * @param values by the name of the parameter, or by what stands in braces
 * @throws Error when one is missing
 */
export function fillOpenValues(block: string, values: Readonly<Record<string, string>>): string {
  const value = (name: string) => {
    const found = values[name];
    if (found === undefined) throw new Error(`no value for ${name}`);
    return found;
  };
  return block
    .trim()
    .replace(/\n\s*&/g, '&')
    .replace(OPEN_VALUE, (_, parameter: string | undefined, braced: string) =>
      parameter === undefined ? value(braced) : `${parameter}=${encodeURIComponent(value(parameter))}`,
    );
}
