/** Checks that docs/refusals.md lists every file that gives a 403, with its reasons, and no other file. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'docs/refusals.md';
const ROW = /^\| `([\w./-]+\.ts)` +\| ([^|]*)\|/gm;
const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
/** What a file with a 403 has outside its comments: a call that makes one, a denial of the access decision, the number. */
const GIVES = /\b(?:forbidden|otherMember|tooWide|ForbiddenException)\(|\ballowed: false, reason: '|\b403\b/;
const REASON = /\b(?:forbidden\(|allowed: false, reason: )'([\w-]+)'/g;
const FUNCTION_REASONS: readonly [call: RegExp, reason: string][] = [
  [/\bthrow otherMember\(/, 'member-other'],
  [/\bthrow tooWide\(/, 'request-too-wide'],
];

/** @returns the reasons of a source file with a 403; undefined for a file without one */
function reasonsIn(source: string): ReadonlySet<string> | undefined {
  const code = source.replace(COMMENTS, '');
  if (!GIVES.test(code)) return undefined;
  return new Set([
    ...[...code.matchAll(REASON)].map(([, reason = '']) => reason),
    ...FUNCTION_REASONS.filter(([call]) => call.test(code)).map(([, reason]) => reason),
  ]);
}

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name);

function* gaps(page: string, sources: Iterable<[file: string, source: string]>): Generator<string> {
  const rows = new Map([...page.matchAll(ROW)].map(([, file = '', cell = '']) => [file, cell]));
  for (const [file, source] of sources) {
    const reasons = reasonsIn(source);
    const cell = rows.get(file);
    if (reasons && cell === undefined) yield `${file} gives a 403 and has no row`;
    if (!reasons && cell !== undefined) yield `${file} has a row and gives no 403`;
    rows.delete(file);
    if (!reasons || cell === undefined) continue;
    for (const reason of reasons)
      if (!namesIn(cell).includes(reason)) yield `${file}: no reason ${reason} in its row`;
    if (reasons.size > 0)
      for (const name of namesIn(cell)) if (!reasons.has(name)) yield `${file} does not give ${name}`;
  }
  for (const file of rows.keys()) yield `${file} has a row and does not exist`;
}

const CANARY_PAGE = '| `a.ts` | `no-member`, `old` | x |\n| `b.ts` | | x |\n| `gone.ts` | | x |\n';
const CANARY: [string, string][] = [
  ['a.ts', "throw forbidden('no-member'); throw forbidden('new');"],
  ['b.ts', '// 403\n'],
  ['c.ts', 'throw new ForbiddenException();'],
];
const CAUGHT = [
  'a.ts: no reason new',
  'a.ts does not give old',
  'b.ts has a row',
  'c.ts gives',
  'gone.ts has a row',
];

/** @returns what is wrong, or undefined */
export function refusalGaps(root: string): string | undefined {
  const caught = [...gaps(CANARY_PAGE, CANARY)];
  if (caught.length !== CAUGHT.length || !CAUGHT.every((text, at) => caught[at]?.startsWith(text)))
    return `the canary is not found: ${caught.join('; ')}`;
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const files = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root, exclude: ['**/generated/**'] }).sort();
  const wrong = [
    ...gaps(
      read(PAGE),
      files.map((file): [string, string] => [file, read(file)]),
    ),
  ];
  return wrong.length === 0 ? undefined : wrong.map((line) => `${PAGE}: ${line}`).join('\n');
}
