/** What is started with flags of V8 has to start: Node does not promise these flags, and each release may drop one. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const MIB = 1024 * 1024;

/** `NODE_OPTIONS` of the images, in which everything runs. */
const [, OF_IMAGES = ''] = /NODE_OPTIONS="([^"]+)"/.exec(read('docker/Dockerfile')) ?? [];

/** What the manifest of a Job of a plan puts between `node` and its program. */
const ofJob = (job: string): string[] =>
  /command: \[node, (--.+?), tools\//.exec(read(`k8s/plan/${job}/kustomization.yaml`))?.[1]?.split(', ') ??
  [];

/** What the programs of services set themselves. An unknown flag is ignored there, and nobody is told. */
const set = globSync(['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'], { cwd: ROOT }).flatMap((file) =>
  [...read(file).matchAll(/setFlagsFromString\('([^']+)'\)/g)].map(([, flag = '']) => [flag, file]),
);

/** Starts Node as the image does. @returns its exit code, and how large its heap may become, in MB */
function start(flags: readonly string[]): { status: number | null; said: string; heap: number } {
  const asks = "process.stdout.write(String(require('node:v8').getHeapStatistics().heap_size_limit))";
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '--eval', asks], {
    encoding: 'utf8',
    env: { NODE_OPTIONS: OF_IMAGES },
  });
  return { status, said: stderr, heap: Number(stdout) / MIB };
}

describe('this Node starts', () => {
  it.each(['import', 'fetch'])('with the flags of the Job %s, and its heap leaves room in 512 MB', (job) => {
    const flags = ofJob(job);
    expect(flags.length).toBeGreaterThan(0);
    const { status, said, heap } = start(flags);
    expect([status, said]).toEqual([0, '']);
    const [, old] = /--max-old-space-size=(\d+)/.exec(flags.join(' ')) ?? [];
    expect(heap).toBeGreaterThanOrEqual(Number(old));
    expect(heap).toBeLessThan(400);
  });

  it('with the flags that services set', () => {
    expect(set.map(([, file]) => file)).toContain('apps/audit-service/src/main.ts');
    for (const [flag = ''] of set) expect([flag, start([flag]).status]).toEqual([flag, 0]);
  });

  it('with the flags of the images alone', () => {
    expect(OF_IMAGES).toContain('--max-semi-space-size=');
    expect(start([]).status).toBe(0);
  });

  it('not with a flag that it does not know', () => {
    expect(start(['--heap-growing-per-cent=100']).status).not.toBe(0);
  });
});
