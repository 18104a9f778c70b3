import { expect, test } from '@jest/globals';
import { releaseProblem } from './releases.ts';

const CHANGES = '# Changes\n\n## Not released yet\n\n## 1.2.0, 2027-02-03\n\n## 1.1.0, 2026-12-01\n';

test.each([
  ['1.2.0', undefined],
  ['1.1.0', 'package.json has version 1.1.0, and CHANGELOG.md 1.2.0'],
  ['1.3.0', 'package.json has version 1.3.0, and CHANGELOG.md 1.2.0'],
])('version %s is held against the newest release', (version, problem) => {
  expect(releaseProblem(CHANGES, version)).toBe(problem);
});
