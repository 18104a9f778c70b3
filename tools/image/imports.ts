/** Follows the imports of our own files, as Node resolves them. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import ts from 'typescript';

export interface Imported {
  /** our own files, as paths in the workspace */
  files: ReadonlySet<string>;
  /** our own projects that are imported by their names, such as `@patient-access/fhir`, with their folders */
  projects: ReadonlyMap<string, string>;
  /** packages of others that our files import, with the file that imports it first */
  packages: ReadonlyMap<string, string>;
}

/** `import.meta.resolve('…')` and `createRequire(…)('…')`, which a list of imports does not have. */
const RESOLVED = /(?:import\.meta\.resolve|createRequire\(import\.meta\.url\))\(\s*['"]([^'"]+)['"]/g;
const PACKAGE = /^(?:@[^/]+\/)?[^/]+/;
const OURS = '@patient-access/';

/** @returns the text as Node runs it: imports of types alone are gone */
const runnable = (file: string, text: string) =>
  file.endsWith('.ts')
    ? transformSync(text, {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2024' },
      }).code
    : text;

function specifiersOf(file: string): string[] {
  const text = runnable(file, readFileSync(file, 'utf8'));
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const resolved = [...text.matchAll(RESOLVED)].map(([, name = '']) => name);
  return [...importedFiles.map(({ fileName }) => fileName), ...resolved].filter((name) => !isBuiltin(name));
}

/**
 * @param root folder of the workspace
 * @param programs paths in the workspace
 * @throws Error when an imported file does not exist, as before a build
 */
export function followImports(root: string, programs: readonly string[]): Imported {
  const files = new Set<string>();
  const projects = new Map<string, string>();
  const packages = new Map<string, string>();
  const waiting = [...programs];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    if (!existsSync(join(root, file))) throw new Error(`${file} does not exist; is the code built?`);
    files.add(file);
    for (const specifier of specifiersOf(join(root, file))) {
      const name = PACKAGE.exec(specifier)?.[0] ?? specifier;
      if (specifier.startsWith('.')) waiting.push(join(dirname(file), specifier));
      else if (!name.startsWith(OURS)) packages.set(name, packages.get(name) ?? file);
      else {
        const found = realpathSync(createRequire(join(root, file)).resolve(specifier));
        projects.set(name, relative(root, realpathSync(join(root, 'node_modules', name))));
        waiting.push(relative(root, found));
      }
    }
  }
  return { files, projects, packages };
}
