/**
 * Checks that each patch of oidc-provider has its tests, and that the table of ADR 49 has a row for each patch and no other
 * rows. So neither a patch nor its tests can come or go unnoticed.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const PATCHES = 'apps/auth-service/src/provider/patches/*.ts';
const TESTS = 'apps/auth-service/test/patches';
const DECISION = 'docs/adr/0049-keep-every-patch-of-oidc-provider-in-one-folder.md';
/** Files of the folder that replace nothing: they have types that several patches share. */
const SHARED = new Set(['token-finder']);
const ROW = /^\| `([\w-]+)\.ts`/gm;
/** The beginning of a test. A skipped test has another one. */
const TEST = /^ +it(?:\.each)?\(/gm;
/** The test that goes red when upstream no longer needs the patch. */
const NEEDED = /^ +it\('is needed: /m;
/** One test shows what upstream has, one what it does without the patch, one what it does with the patch. */
const LEAST_TESTS = 3;

interface PatchFacts {
  /** names of the patch files, without `.ts` */
  patches: readonly string[];
  /** source of the test file, by name of the patch */
  tests: ReadonlyMap<string, string>;
  /** names in the table of the ADR */
  rows: readonly string[];
}

function* gaps({ patches, tests, rows }: PatchFacts): Generator<string> {
  for (const name of patches) {
    const source = tests.get(name) ?? '';
    const count = source.match(TEST)?.length ?? 0;
    if (count < LEAST_TESTS) yield `${name}: ${count} tests in ${TESTS}, and ${LEAST_TESTS} are needed`;
    else if (!NEEDED.test(source)) yield `${name}: no test 'is needed: …' in ${TESTS}`;
    if (!rows.includes(name)) yield `${name}: no row in ${DECISION}`;
  }
  for (const name of new Set([...tests.keys(), ...rows]))
    if (!patches.includes(name)) yield `${name}: a test or a row without a patch`;
}

const WHOLE = `  it('replaces', () => {});\n  it('is needed: upstream', () => {});\n  it.each([1])('does', () => {});\n`;
const CANARY: PatchFacts = {
  patches: ['whole', 'untested', 'skipped', 'unneeded', 'unlisted'],
  tests: new Map([
    ['whole', WHOLE],
    ['skipped', WHOLE.replace("it('is", "it.skip('is")],
    ['unneeded', WHOLE.replace('is needed', 'was needed')],
    ['unlisted', WHOLE],
  ]),
  rows: ['whole', 'untested', 'skipped', 'unneeded', 'gone'],
};
const CAUGHT = ['untested', 'skipped', 'unneeded', 'unlisted', 'gone'];

/** @returns what is wrong, or undefined */
export function patchGaps(root: string): string | undefined {
  const caught = [...gaps(CANARY)].map((line) => line.split(':')[0]);
  if (caught.join() !== CAUGHT.join()) return `the canary is not found: ${caught.join(', ')}`;
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const wrong = [
    ...gaps({
      patches: globSync(PATCHES, { cwd: root })
        .map((file) => basename(file, '.ts'))
        .filter((name) => !SHARED.has(name)),
      tests: new Map(
        globSync(`${TESTS}/*.test.ts`, { cwd: root }).map((file) => [basename(file, '.test.ts'), read(file)]),
      ),
      rows: [...read(DECISION).matchAll(ROW)].map(([, name = '']) => name),
    }),
  ];
  return wrong.length === 0 ? undefined : wrong.join('\n');
}
