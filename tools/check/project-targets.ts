/** Checks that every project has the same Nx targets. CONTRIBUTING.md and the scripts at the root rely on them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const EVERY_PROJECT = ['build', 'lint', 'typecheck', 'test'];
/** The targets of a service, which is an app with a `main.ts`. The end-to-end tests are an app without one. */
const EVERY_SERVICE = [...EVERY_PROJECT, 'serve'];

interface Manifest {
  nx?: { targets?: Record<string, object> };
}

const missing = ({ nx }: Manifest, required: readonly string[]): string[] =>
  required.filter((target) => !nx?.targets?.[target]);

/** @returns what is wrong, or undefined */
export function targetGaps(root: string): string | undefined {
  if (missing({ nx: { targets: { build: {}, lint: {}, test: {} } } }, EVERY_PROJECT).join() !== 'typecheck')
    return 'the canary is not found: a project without typecheck';
  const services = new Set(globSync('apps/*/src/main.ts', { cwd: root }).map((file) => file.split('/')[1]));
  const gaps = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).flatMap((file) => {
    const manifest = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
    const required = services.has(file.split('/')[1]) ? EVERY_SERVICE : EVERY_PROJECT;
    return missing(manifest, required).map((target) => `${file} has no target "${target}"`);
  });
  return gaps.length === 0 ? undefined : gaps.join('\n');
}
