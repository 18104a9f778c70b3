/** Checks that package.json, CHANGELOG.md and the commit from which the upgrade is tried belong together. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Below "Not released yet", the newest release is on top. */
const RELEASE = /^## (\d+\.\d+\.\d+), \d{4}-\d{2}-\d{2}$/m;
const EARLIER = 'tools/drills/upgrade/earlier-build.json';

/** @returns what is wrong with the version, or undefined */
export function releaseProblem(changes: string, version: string): string | undefined {
  const newest = RELEASE.exec(changes)?.[1];
  return newest === version
    ? undefined
    : `package.json has version ${version}, and CHANGELOG.md ${newest ?? 'none'}`;
}

/** @returns what is wrong, or undefined */
export function releaseGaps(root: string): string | undefined {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const { commit } = JSON.parse(read(EARLIER)) as { commit: string };
  const { status } = spawnSync('git', ['merge-base', '--is-ancestor', commit, 'HEAD'], { cwd: root });
  const wrong = [
    releaseProblem(read('CHANGELOG.md'), version),
    status === 0 ? undefined : `${EARLIER}: ${commit} is no commit before this one`,
  ].filter((line) => line !== undefined);
  return wrong.length === 0 ? undefined : wrong.join('\n');
}
