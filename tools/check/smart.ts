/**
 * `npm run test:smart` runs every test that is named after an item of the SMART checklist, and prints a table of items.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { itemsOf, smartGaps, TITLE } from './smart-checklist.ts';
import { SMART_ITEMS } from './smart-items.ts';

const root = resolve(import.meta.dirname, '../..');

interface Report {
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

/** @returns the test files that are named after items, by project */
function projects(): Map<string, string[]> {
  const files = globSync('{apps,libs}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] });
  const named = files.filter((file) => TITLE.test(readFileSync(join(root, file), 'utf8')));
  return Map.groupBy(named, (file) => file.split('/').slice(0, 2).join('/'));
}

/** Runs a project's tests that are named after items. @returns title and status of each */
function run(project: string, files: string[], directory: string): Report {
  const output = join(directory, `${project.replace('/', '-')}.json`);
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const only = ['--testNamePattern', '\\bSMART \\d', '--json', '--outputFile', output, '--silent'];
  const config = ['--config', 'jest.config.js', '--runTestsByPath'];
  const paths = files.map((file) => join(root, file));
  spawnSync(process.execPath, [jest, ...config, ...paths, ...only], {
    cwd: join(root, project),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return JSON.parse(readFileSync(output, 'utf8')) as Report;
}

function collect(): Map<number, string[]> {
  const statuses = new Map<number, string[]>();
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-smart-'));
  for (const [project, files] of projects()) {
    for (const { fullName, status } of run(project, files, directory).testResults.flatMap(
      (r) => r.assertionResults,
    ))
      for (const item of itemsOf(fullName)) statuses.set(item, [...(statuses.get(item) ?? []), status]);
  }
  rmSync(directory, { recursive: true });
  return statuses;
}

function verdict(left: string | undefined, statuses: string[] = []): string {
  if (statuses.includes('failed')) return 'FAIL';
  const passed = statuses.filter((status) => status === 'passed').length;
  if (passed > 0) return `pass (${passed})`;
  return left ?? 'GAP';
}

const statuses = collect();
let bad = 0;
for (const [number, { about, left }] of SMART_ITEMS) {
  const said = verdict(left, statuses.get(number));
  if (said === 'FAIL' || said === 'GAP') bad += 1;
  console.log(`${String(number).padStart(3)}  ${about.padEnd(58)} ${said}`);
}
console.log(smartGaps(root) ?? '');
console.log(`${SMART_ITEMS.size - bad} passed, ${bad} failed`);
process.exitCode = bad === 0 ? 0 : 1;
