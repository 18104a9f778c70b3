/**
 * Compares the list in docs/errors.md with the table of errors. `node tools/check/error-docs.ts` writes the list anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '@patient-access/fhir';

const FILE = 'docs/errors.md';
const LIST = /(?<=<!-- made from libs\/fhir\/src\/errors\.ts -->\n\n)[\s\S]*$/;

const entry = ([code, { status, issue, means, remedy }]: [string, (typeof ERRORS)[keyof typeof ERRORS]]) =>
  `### ${code}\n\n**${status}** \`${issue}\`. ${means}\n\n_What to do:_ ${remedy}\n`;

function expected(root: string): string {
  const text = readFileSync(join(root, FILE), 'utf8');
  return text.replace(LIST, Object.entries(ERRORS).map(entry).join('\n'));
}

/** @returns what is wrong, or undefined */
export function outdatedErrorDocs(root: string): string | undefined {
  return readFileSync(join(root, FILE), 'utf8') === expected(root)
    ? undefined
    : `${FILE} is not what libs/fhir/src/errors.ts says: node tools/check/error-docs.ts`;
}

if (import.meta.main) writeFileSync(FILE, expected('.'));
