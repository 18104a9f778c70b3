import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commandsOf } from '@patient-access/testing';
import { parse } from 'yaml';
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
    expect(runProblems(page.replace('| `kubectl wait ` ', '| `kubectl wait for ` '), read)).toEqual([
      expect.stringMatching(/^nothing runs: kubectl wait -n/),
      'is not on the page: kubectl wait for ',
    ]);
    const [forgotten] = runProblems(page, (file) => read(file).replace('dropdb --force', 'dropdb'));
    expect(forgotten).toBe('tools/drills/drilled-system.ts does not run: dropdb --force');
  });

  it('that makes the rules an object of the operator gives it all of them', () => {
    const command = commandsOf(page).find((each) => each.startsWith('{ printf '));
    const [made = ''] = command?.split(' | kubectl') ?? [];
    const rule = parse(execFileSync('sh', ['-ec', made], { cwd: root, encoding: 'utf8' })) as {
      kind: string;
      spec: object;
    };
    expect(rule.kind).toBe('PrometheusRule');
    expect(rule.spec).toEqual(parse(read('k8s/alerts.yaml')));
  });
});
