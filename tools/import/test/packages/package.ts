/** A FHIR package with one profile, unpacked or as an archive. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const CONDITION_PROFILE = 'http://ig.example/StructureDefinition/condition';

const element = (id: string, more: object) => ({
  id,
  path: id,
  min: 0,
  max: '*',
  base: { path: id, min: 0, max: '*' },
  ...more,
});

const definition = {
  resourceType: 'StructureDefinition',
  url: CONDITION_PROFILE,
  type: 'Condition',
  derivation: 'constraint',
  snapshot: {
    element: [
      element('Condition', {}),
      element('Condition.code', { min: 1 }),
      element('Condition.note', { min: 1 }),
      element('Condition.stage', {
        binding: { strength: 'required', valueSet: 'http://other.example/ValueSet/stages' },
      }),
    ],
  },
};

/** @returns a folder with the package, unpacked or as `.tgz`, and with a file that is no package */
export async function packageFolder(parent: string, form: 'unpacked' | 'archive'): Promise<string> {
  const folder = join(parent, `packages-${form}`);
  const content = join(folder, 'example', 'package');
  await mkdir(content, { recursive: true });
  await writeFile(join(content, 'package.json'), JSON.stringify({ name: 'ig.example', version: '1.0.0' }));
  await writeFile(join(content, 'StructureDefinition-condition.json'), JSON.stringify(definition));
  await writeFile(
    join(content, `StructureDefinition-${'long'.repeat(40)}.json`),
    JSON.stringify({ ...definition, url: 'http://ig.example/other' }),
  );
  await writeFile(join(folder, 'README.md'), 'not a package');
  if (form === 'archive') {
    const made = spawnSync('tar', ['czf', 'example.tgz', '-C', 'example', '--remove-files', 'package'], {
      cwd: folder,
    });
    if (made.status !== 0) throw new Error(String(made.stderr));
  }
  return folder;
}
