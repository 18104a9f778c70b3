/** The Job that exports the records of a plan (k8s/plan/export). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { podOf } from './commands.ts';
import type { Manifest } from './render.ts';

const FILE = resolve(import.meta.dirname, '../../k8s/plan/export/kustomization.yaml');

it('writes into another folder where it begins again, because the first one exists', async () => {
  const { patches } = parse(readFileSync(FILE, 'utf8')) as { patches: [{ patch: string }] };
  const [container] = podOf(parse(patches[0].patch) as Manifest).spec?.containers ?? [];
  const [shell = '', flag = '', script = ''] = container?.command ?? [];
  const said = () => {
    const says = script.replace('exec node', 'echo');
    return spawnSync(shell, [flag, says], { env: { ...process.env, PLAN: 'northwind' }, encoding: 'utf8' })
      .stdout;
  };
  const first = said();
  expect(first).toMatch(/--tenant northwind --out \/files\/export-\d{4}-\d\d-\d\dT\d{6}Z\n$/);
  await setTimeout(1_100);
  expect(said()).not.toBe(first);
});
