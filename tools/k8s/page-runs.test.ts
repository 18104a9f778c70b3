import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runProblems } from './page-runs.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const page = read('docs/operate.md');

describe('each command of docs/operate.md', () => {
  it('is run by a test or a drill, or the page names why nothing runs it', () => {
    expect(runProblems(page, read)).toEqual([]);
  });

  it('is missed when nothing runs it, when it goes, and when its file forgets it', () => {
    expect(runProblems(`${page}\n\`\`\`\nvacuumdb auth\n\`\`\`\n`, read)).toEqual([
      'nothing runs: vacuumdb auth',
    ]);
    expect(runProblems(page.replace('dropdb --force', 'drop'), read)).toEqual([
      'nothing runs: drop auth',
      'is not on the page: dropdb --force',
    ]);
    expect(
      runProblems(page.replace('## Metrics', 'Run `kubectl drain node-1`.\n\n## Metrics'), read),
    ).toEqual(['nothing runs: kubectl drain node-1']);
    const missed = runProblems(page.replace('| `kubectl wait ` ', '| `kubectl wait for ` '), read);
    expect(missed.pop()).toBe('is not on the page: kubectl wait for ');
    expect(missed.length).toBeGreaterThan(0);
    for (const line of missed) expect(line).toMatch(/^nothing runs: kubectl wait -n/);
    const [forgotten] = runProblems(page, (file) => read(file).replace('dropdb --force', 'dropdb'));
    expect(forgotten).toBe('tools/drills/drilled-system.ts does not run: dropdb --force');
  });
});
