/**
 * Checks that every id which the code and the pages name exists: security rules, items of the SMART checklist, ADRs,
 * and pages. A page must be in the repository, because a reader cannot open any other.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Places {
  rules: ReadonlySet<string>;
  items: ReadonlySet<string>;
  decisions: ReadonlySet<string>;
  /** @param from the file that names the page */
  hasPage(page: string, from: string): boolean;
}

const LIST = String.raw`(\d+(?:(?:, | and )\d+)*)`;
const RULES = /security rules? ((?:D\d+(?:,\s+(?:\*\s+)?| and |–)?)+)/g;
const ITEMS = new RegExp(`checklist items? ${LIST}`, 'g');
const DECISIONS = new RegExp(`\\bADRs? ${LIST}`, 'g');
const PAGES = /(?<![\w*/.-])((?:\.{1,2}\/)*[\w-][\w./-]*\.md)\b/g;

const numbersIn = (text = '') => text.match(/\d+/g) ?? [];

function* dangling(file: string, text: string, places: Places): Generator<string> {
  for (const [, list = ''] of text.matchAll(RULES))
    for (const rule of list.match(/D\d+/g) ?? [])
      if (!places.rules.has(rule)) yield `${file}: security rule ${rule}`;
  for (const [, list] of text.matchAll(ITEMS))
    for (const item of numbersIn(list)) if (!places.items.has(item)) yield `${file}: checklist item ${item}`;
  for (const [, list] of text.matchAll(DECISIONS))
    for (const number of numbersIn(list))
      if (!places.decisions.has(number.padStart(4, '0'))) yield `${file}: ADR ${number}`;
  for (const [, page = ''] of text.matchAll(PAGES))
    if (!places.hasPage(page, file)) yield `${file}: the page ${page}`;
}

const idsIn = (text: string, heading: RegExp) =>
  new Set([...text.matchAll(heading)].map(([, id = '']) => id));

function placesOf(root: string, files: readonly string[]): Places {
  const text = (path: string) => readFileSync(join(root, path), 'utf8');
  return {
    rules: idsIn(text('docs/security-rules.md'), /^### (D\d+) /gm),
    items: idsIn(text('docs/smart-checklist.md'), /^### Item (\d+) /gm),
    decisions: idsIn(files.join('\n'), /^docs\/adr\/(\d{4})-/gm),
    hasPage: (page, from) =>
      [
        page,
        join(dirname(from), page),
        join('docs', page),
        join('docs/adr', page),
        join('docs/developers', page),
      ].some((path) => existsSync(join(root, path))),
  };
}

const NOWHERE: Places = {
  rules: new Set(['D01']),
  items: new Set(['1']),
  decisions: new Set(['0001']),
  hasPage: (page) => page === 'docs/audit.md',
};
/** A text with ids that exist in {@link NOWHERE} and ids that do not. */
const CANARY =
  'security rules D01, D99; checklist items 1 and 999; ADR 1, ADR 999; docs/audit.md, ../shared/security.md';
const CAUGHT = ['security rule D99', 'checklist item 999', 'ADR 999', 'the page ../shared/security.md'];

/** @returns what is wrong, or undefined */
export function danglingIds(root: string): string | undefined {
  const caught = [...dangling('canary', CANARY, NOWHERE)].map((line) => line.slice('canary: '.length));
  if (caught.join() !== CAUGHT.join()) return `the canary is not found: ${caught.join(', ')}`;
  const files = execFileSync('git', ['ls-files', '*.ts', '*.sql', '*.md', '*.yaml', '*.prisma'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '' && file !== 'tools/check/ids.ts');
  const places = placesOf(root, files);
  const wrong = files.flatMap((file) => [...dangling(file, readFileSync(join(root, file), 'utf8'), places)]);
  return wrong.length === 0 ? undefined : wrong.map((line) => `${line} leads nowhere`).join('\n');
}
