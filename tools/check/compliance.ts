/** Checks that no clause in docs/compliance.md is called met without a test that there is. A folder is no test: what is in it may go. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'docs/compliance.md';
const STATES = ['met', 'part', 'open', 'plan'];
const ROW = /^\| (?!clause|state|-|\*\*)([^|]+) \| ([^|]+) \| ([^|]*) \| ([^|]*) \|/gm;
const LINK = /\]\(\.\.\/([^)]+)\)/g;

/** @returns what is wrong with the page, one line for each row; none when it is right */
export function complianceGapsOf(page: string, isFile: (path: string) => boolean): string[] {
  const rows = [...page.matchAll(ROW)];
  if (rows.length === 0) return ['no clauses'];
  return rows.flatMap(([, clause = '', state = '', , tests = '']) => {
    const name = clause.trim();
    const paths = [...tests.matchAll(LINK)].map(([, path = '']) => path);
    const wrong = paths.filter((path) => !isFile(path)).map((path) => `${name}: no such test: ${path}`);
    if (!STATES.includes(state.trim())) wrong.push(`${name}: no such state: ${state.trim()}`);
    if (state.trim() === 'met' && paths.length === 0) wrong.push(`${name}: met, without a test`);
    return wrong;
  });
}

/** @returns what is wrong, or undefined */
export function complianceGaps(root: string): string | undefined {
  const isFile = (path: string) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false;
  const gaps = complianceGapsOf(readFileSync(join(root, FILE), 'utf8'), isFile);
  return gaps.length === 0 ? undefined : gaps.map((line) => `${FILE}: ${line}`).join('\n');
}
