import { chmodSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = join(tmpdir(), 'patient-access-templates-');
const DAY_MS = 86_400_000;

/** A run that is killed leaves its folder. */
const isLeft = (folder) => (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now() - DAY_MS;

/** Makes the folder for what the test files of this run share (libs/testing/src/filled.ts). Postgres' user may enter it. */
export default () => {
  for (const folder of globSync(`${PREFIX}*`).filter(isLeft))
    rmSync(folder, { recursive: true, force: true });
  const templates = mkdtempSync(PREFIX);
  chmodSync(templates, 0o755);
  process.env.TEST_TEMPLATES = templates;
};
