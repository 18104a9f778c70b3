/** Which environment names an app's configuration schema knows, read from its source. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Environment name → whether the service cannot start without it. */
export type Settings = Map<string, boolean>;

/**
 * @param root of the workspace
 * @returns the names that `apps/{app}/src/config.ts` and the `config.ts` of the libraries it imports declare;
 *   undefined when the app has no such file
 */
export function settingsOf(root: string, app: string): Settings | undefined {
  const file = join(root, 'apps', app, 'src/config.ts');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const libraries = [...text.matchAll(/@patient-access\/([\w-]+)/g)].map(([, lib]) =>
    join(root, 'libs', String(lib), 'src/config.ts'),
  );
  return new Map([file, ...libraries.filter(existsSync)].flatMap((source) => declared(source)));
}

function declared(file: string): [string, boolean][] {
  const names: [string, boolean][] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && /^[A-Z][A-Z0-9_]+$/.test(node.name.getText(source))) {
      const optional = /\.(default|optional|prefault)\(/.test(node.initializer.getText(source));
      names.push([node.name.getText(source), !optional]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/**
 * @param given environment names that a deployment sets; `NAME_FILE` gives NAME
 * @returns one line for each name that the app does not know, and for each that it needs and is not given
 */
export function settingsProblems(where: string, settings: Settings | undefined, given: string[]): string[] {
  if (!settings) return [];
  const named = given.map((name) => (settings.has(name) ? name : name.replace(/_FILE$/, '')));
  const unknown = named.filter((name) => !settings.has(name));
  const missing = [...settings].filter(([name, required]) => required && !named.includes(name));
  return [
    ...unknown.map((name) => `${where}: sets ${name}, which the app does not know`),
    ...missing.map(([name]) => `${where}: does not set ${name}, which the app needs`),
  ];
}
