/** The memory of an import: it does not grow with the resources, and the Jobs limit it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { loadChecks } from '../../guides/checks.ts';
import type { Input } from '../../store/input.ts';
import { importResources } from '../../store/import.ts';
import type { Summary } from '../../store/summary.ts';
import { importedCondition } from '../resources.ts';
import { createWorld } from '../world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const ROOT = resolve(import.meta.dirname, '../../../..');
/** Multiples of a batch, of one owner, so that nothing is on its way when memory is measured. By the first, buffers are full. */
const [BEFORE, AFTER] = [10_000, 30_000];
/** They are taken when as many more have been read (store/intake.ts). */
const READ_AHEAD = 500;
/** A map of all ids would have twice as much. */
const BYTES_EACH = 40;

test('nothing of a resource that is stored stays in memory', async () => {
  const world = await createWorld();
  try {
    let summary: Summary | undefined;
    const heap: number[] = [];
    const measure = async (stored: number) => {
      while (summary?.created !== stored - READ_AHEAD) await setTimeout(10);
      collectGarbage();
      heap.push(process.memoryUsage().heapUsed);
    };
    async function* inputs(): AsyncGenerator<Input<number>> {
      for (let at = 0; at < AFTER; at += 1) {
        if (at === BEFORE) await measure(BEFORE);
        const resource = importedCondition(`condition-${at}`, `member-${Math.floor(at / 100)}`);
        yield { origin: at, resource };
      }
      await measure(AFTER);
    }
    const { profiles } = await loadChecks('plan', '2027');
    const checkedBy = Buffer.from('the rules of today');
    await importResources(world.stores, 'plan', inputs(), {
      ...{ profiles, checkedBy, isNaming: true },
      onProgress: (now) => (summary = now),
    });
    const [before = 0, after = Infinity] = heap;
    expect((after - before) / (AFTER - BEFORE)).toBeLessThan(BYTES_EACH);
  } finally {
    await world.end();
  }
}, 240_000);

test.each(['import', 'fetch'])('the Job %s has the limits that the page for imports names', (job) => {
  const page = readFileSync(resolve(ROOT, 'docs/import.md'), 'utf8');
  const manifest = readFileSync(resolve(ROOT, 'k8s/plan', job, 'kustomization.yaml'), 'utf8');
  const [, limits = ''] = /`node (--max-old-space-size[^`]*) tools\/import\/main\.ts/.exec(page) ?? [];
  expect(manifest).toContain(`command: [node, ${limits.split(' ').join(', ')}, tools/import/main.ts, `);
  expect(manifest).toContain('limits: { memory: 512Mi }');
});
