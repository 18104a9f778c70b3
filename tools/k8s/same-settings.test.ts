/** Shows that the comparison of docker/compose.yaml with k8s/base can fail. */
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { podOf } from './commands.ts';
import { readCompose } from './compose.ts';
import { render } from './render.ts';
import { settingDifferences } from './same-settings.ts';

const root = resolve(import.meta.dirname, '../..');
const manifests = render(join(root, 'k8s/base'));

(manifests ? describe : describe.skip)('compose.yaml and k8s/base', () => {
  const base = manifests ?? [];
  const without = (name: string) => {
    const changed = structuredClone(base);
    for (const workload of changed.filter(({ kind }) => ['Deployment', 'CronJob'].includes(kind)))
      for (const container of podOf(workload).spec?.containers ?? [])
        container.env = container.env?.filter((variable) => variable.name !== name) ?? [];
    return changed;
  };

  it('give each service the same settings', () =>
    expect(settingDifferences(readCompose(root), base)).toEqual([]));

  it('differ with a setting that one of them lacks', () => {
    const compose = readCompose(root);
    delete compose.services['audit-service']?.environment?.['RESTORE_PUBLIC_KEYS_FILE'];
    expect(settingDifferences(compose, base)).toEqual([
      'compose.yaml: audit-service: does not set RESTORE_PUBLIC_KEYS, which the other deployment does',
    ]);
    const byHand = readCompose(root);
    delete byHand.services['auth-administration']?.environment?.['KEY_ENCRYPTION_KEY_FILE'];
    expect(settingDifferences(byHand, base)).toEqual([
      'compose.yaml: auth-administration: does not set KEY_ENCRYPTION_KEY, which the other deployment does',
    ]);
    expect(settingDifferences(readCompose(root), without('CHECKPOINT_PUBLIC_KEYS_FILE'))).toEqual([
      'k8s/base: audit-service: does not set CHECKPOINT_PUBLIC_KEYS, which the other deployment does',
      'k8s/base: audit-owner-administration: does not set CHECKPOINT_PUBLIC_KEYS, which the other deployment does',
    ]);
  });

  it('need each of the reasons for a difference', () =>
    expect(settingDifferences(readCompose(root), without('OPERATOR_STATEMENTS'))).toEqual([
      'same-settings.ts: nothing needs the reason for OPERATOR_STATEMENTS',
    ]));
});
