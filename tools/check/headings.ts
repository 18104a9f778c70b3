/** Checks that each link from a page to a heading, of the same page or of another one, leads to a heading that is there. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FENCED = /^ *```[\s\S]*?^ *```$/gm;
const HEADING = /^#{1,6} (.+)$/gm;
const ANCHOR = /<a id="([^"]+)">/g;
const LINK_IN_HEADING = /\[([^\]]*)\]\([^)]*\)/g;
/** A link with an anchor. A page of another host has a colon before it. */
const LINK = /\]\(([^()\s#:]*)#([^()\s]+)\)/g;

/** The anchors of GitHub, which are those of the developer site too (apps/developer-site/site/.vitepress/config.js). */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(LINK_IN_HEADING, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const firstGroups = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set([...firstGroups(text, HEADING).map(anchorOf), ...firstGroups(text, ANCHOR)]);

/** @param pages by their place in the repository @returns each link to a heading that is not there */
export function lostHeadings(pages: ReadonlyMap<string, string>): string[] {
  const texts = [...pages].map(([page, text]) => [page, text.replaceAll(FENCED, '')] as const);
  const anchors = new Map(texts.map(([page, text]) => [page, anchorsOf(text)]));
  return texts.flatMap(([page, text]) =>
    [...text.matchAll(LINK)]
      .map(([, to = '', anchor = '']) => ({ to: to === '' ? page : join(dirname(page), to), anchor }))
      .filter(({ to, anchor }) => anchors.get(to)?.has(anchor) === false)
      .map(({ to, anchor }) => `${page}: ${to} has no heading #${anchor}`),
  );
}

/** @returns what is wrong, or undefined */
export function headingGaps(root: string): string | undefined {
  const files = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const pages = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const lost = lostHeadings(pages);
  return lost.length === 0 ? undefined : lost.join('\n');
}
