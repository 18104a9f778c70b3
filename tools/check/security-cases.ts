/** Checks that each case in docs/security-cases.md names a test, and that the file of the test exists. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'docs/security-cases.md';
const ROW = /^\| (?:[A-Z]\d{2,3}(?:, )?)+ +\|.*$/gm;
const LINK = /\]\(\.\.\/([^)]+)\)/g;

/** @returns what is wrong, or undefined */
export function securityCaseGaps(root: string): string | undefined {
  const rows = readFileSync(join(root, FILE), 'utf8').match(ROW) ?? [];
  const wrong = rows.flatMap((row) => {
    const tests = [...row.matchAll(LINK)].map(([, path = '']) => path);
    if (tests.length === 0) return `a case without a test: ${row}`;
    return tests.filter((path) => !existsSync(join(root, path))).map((path) => `no such test: ${path}`);
  });
  if (rows.length === 0) wrong.push('no cases');
  return wrong.length === 0 ? undefined : wrong.map((line) => `${FILE}: ${line}`).join('\n');
}
