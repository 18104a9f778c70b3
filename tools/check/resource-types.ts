/**
 * Checks that the engine names no resource type. Knowledge about one type belongs into the table of definitions, not
 * into a branch of the engine (CONTRIBUTING.md, 3). Comments may name types.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitions } from '@patient-access/fhir';
import ts from 'typescript';

const ENGINE = ['libs/fhir-store/src/**/*.ts', 'libs/fhir/src/**/*.ts'];
/** The table of definitions, and the files that are generated from R4's definitions. */
const KNOWLEDGE = [
  'libs/fhir/src/definitions/**',
  'libs/fhir/src/publications.ts',
  'libs/fhir/src/structure/r4.ts',
  'libs/fhir/src/profile/r4-{rules,value-sets}.ts',
];

/** @returns the strings, templates, regular expressions and property names of a source file */
function textsIn(source: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) texts.push(node.text);
    if (ts.isRegularExpressionLiteral(node)) texts.push(node.text);
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) texts.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('engine.ts', source, ts.ScriptTarget.Latest));
  return texts.filter((text) => !/\s/.test(text));
}

/** @returns the types that a source file names */
function namedTypes(source: string): string[] {
  const words = textsIn(source).flatMap((text) => text.match(/\w+/g) ?? []);
  return [...new Set(words.filter((word) => definitions.has(word)))].sort();
}

const CANARY =
  'if (type === "Claim" || /^Group/.test(type)) run({ Goal: 1, path: `Device/${id}`, text: "No Coverage." }); // List';

/** @returns what is wrong, or undefined */
export function typesInEngine(root: string): string | undefined {
  const seen = namedTypes(CANARY).join();
  if (seen !== 'Claim,Device,Goal,Group') return `the canary is not found: ${seen}`;
  const found = globSync(ENGINE, { cwd: root, exclude: KNOWLEDGE }).flatMap((file) =>
    namedTypes(readFileSync(join(root, file), 'utf8')).map((type) => `${file} names ${type}`),
  );
  return found.length === 0 ? undefined : found.join('\n');
}
