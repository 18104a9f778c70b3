/**
 * Finds import cycles inside a project, also those of types only. The files of a cycle can only be understood together.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

type Imports = ReadonlyMap<string, readonly string[]>;

/** @returns the files that a file imports by a relative path, also for types only */
function importsOf(file: string, source: string): string[] {
  return ts
    .preProcessFile(source, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file), name)));
}

/** @returns each cycle once, as the list of its files in the order of the imports */
function cyclesIn(imports: Imports): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) cycles.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return cycles;
}

const CANARY: Imports = new Map([
  ['a.ts', ['b.ts', 'c.ts']],
  ['b.ts', ['c.ts']],
  ['c.ts', importsOf('c.ts', "import { type B, one } from './b.ts';\nexport type { A } from './d.ts';")],
  ['d.ts', ['e.ts']],
]);

/** @returns what is wrong, or undefined */
export function importCycles(root: string): string | undefined {
  if (cyclesIn(CANARY).join(' ') !== 'b.ts,c.ts,b.ts') return 'the canary is not found: a cycle of two files';
  const files = globSync('{apps,libs,tools}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**', '**/out-tsc/**', '**/generated/**'],
  });
  const cycles = cyclesIn(
    new Map(files.sort().map((file) => [file, importsOf(file, readFileSync(join(root, file), 'utf8'))])),
  );
  return cycles.length === 0 ? undefined : cycles.map((files) => files.join('\n  -> ')).join('\n');
}
