/**
 * One word has one meaning: an exported name is defined in one file of apps, libs and tools. Names with a reason to be
 * defined in several files are listed in same-names.ts. `node tools/check/exported-names.ts` prints the files of each
 * name.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { SAME_NAMES } from './same-names.ts';

/** @returns the names that a pattern such as `{ a, b: [c] }` declares */
function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundNames(element.name),
  );
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return named && statement.name ? [statement.name.text] : [];
}

function hasModifier(statement: ts.Statement, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(statement) && !!ts.getModifiers(statement)?.some((one) => one.kind === kind);
}

/** @returns the pairs of an `export { a as b }` without a `from`: the local name and the exported name */
function exportedLater(statement: ts.Statement): [inside: string, outside: string][] {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier || !statement.exportClause) return [];
  if (!ts.isNamedExports(statement.exportClause)) return [];
  return statement.exportClause.elements.map(({ name, propertyName }) => [
    (propertyName ?? name).text,
    name.text,
  ]);
}

/** @returns the names that a source file defines and exports, without re-exports and without the default export */
function exportedNames(file: string, source: string): Set<string> {
  const { statements } = ts.createSourceFile(file, source, ts.ScriptTarget.Latest);
  const declared = new Set(statements.flatMap(declaredNames));
  const direct = statements.filter(
    (statement) =>
      hasModifier(statement, ts.SyntaxKind.ExportKeyword) &&
      !hasModifier(statement, ts.SyntaxKind.DefaultKeyword),
  );
  const later = statements.flatMap(exportedLater).filter(([inside]) => declared.has(inside));
  return new Set([...direct.flatMap(declaredNames), ...later.map(([, outside]) => outside)]);
}

/** @returns the exported names that more than one file defines, each with its files */
function namesOfSeveral(sources: Iterable<[file: string, source: string]>): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const [file, source] of sources)
    for (const name of exportedNames(file, source)) files.set(name, [...(files.get(name) ?? []), file]);
  return new Map([...files].filter(([, places]) => places.length > 1).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An app that developers copy and read alone. Nothing of ours imports it, and it imports nothing of ours. */
const FOR_COPYING = ['apps/sample-app/**'];

function sourcesOf(root: string): [string, string][] {
  return globSync('{apps,libs,tools}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**', '**/out-tsc/**', '**/generated/**', ...FOR_COPYING],
  })
    .sort()
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]);
}

const CANARY: [string, string][] = [
  ['a.ts', 'export const { one, two: [three] } = read();\nfunction four() {}\nexport { four as five };'],
  ['b.ts', 'export interface one {}\nexport class three {}\nexport enum five { a }\nexport type two = 1;'],
  [
    'c.ts',
    "export { one } from './a.ts';\nimport { three } from './a.ts';\nexport { three };\nconst five = 5;",
  ],
];

/** @returns what is wrong, or undefined */
export function ambiguousNames(root: string): string | undefined {
  const seen = [...namesOfSeveral(CANARY)].map(([name, files]) => `${name} ${files.join(' ')}`);
  if (seen.join() !== ['five', 'one', 'three'].map((name) => `${name} a.ts b.ts`).join())
    return `the canary is not found: ${seen.join(', ')}`;
  const found = namesOfSeveral(sourcesOf(root));
  const wrong = [
    ...[...found]
      .filter(([name]) => !Object.hasOwn(SAME_NAMES, name))
      .map(([name, files]) => `${name} is exported by several files: ${files.join(', ')}`),
    ...Object.keys(SAME_NAMES)
      .filter((name) => !found.has(name))
      .map((name) => `${name} stands in same-names.ts and is defined once`),
  ];
  return wrong.length === 0 ? undefined : wrong.join('\n');
}

if (import.meta.main) {
  for (const [name, files] of namesOfSeveral(sourcesOf(resolve(import.meta.dirname, '../..'))))
    console.log(
      `${name}  (${SAME_NAMES[name] ?? 'no reason'})\n${files.map((file) => `    ${file}`).join('\n')}`,
    );
}
