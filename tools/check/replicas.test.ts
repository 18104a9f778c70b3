import { expect, test } from '@jest/globals';
import { replicaGapsOf } from './replicas.ts';

const gaps = (page: string, source: string, settings = '') =>
  replicaGapsOf(page, [['apps/a/src/b.ts', source]], settings);

test.each([
  'const kept = new LRUCache<string, string>({ max: 1 });',
  'const kept = new ExpiringCache<Answer>({ max: 1, maxSize: 1, ttl: 1 });',
  'const KNOWN_MS = 1_000;',
  'const FRESH_MS = 5 * 60_000;',
  'const METADATA_MS = 3_600_000;',
  'const checks = new FairSemaphore({ levels });',
  'const WINDOW_MS = 10_000;',
  'pair: { free: 5, quietSeconds: HOUR },',
  'const most = this.replicas.share(500);',
])('the page names a file with %s', (source) => {
  expect(gaps('', source)).toEqual([expect.stringMatching(/^apps\/a\/src\/b\.ts has a /)]);
  expect(gaps('| [b](../apps/a/src/b.ts) |', source)).toEqual([]);
});

test('the page need not name another file', () => {
  expect(gaps('', '// const KNOWN_MS = 1;\nconst MAX_CHARACTERS = 4;')).toEqual([]);
});

test('the page names each setting that is a limit', () => {
  const settings = '| `QUOTA_NEW` | `1` |\n| `OUTBOX_MAX_ROWS` | `2` |\n| `PORT` | `3` |';
  expect(gaps('`QUOTA_NEW`', '', settings)).toEqual(['OUTBOX_MAX_ROWS is a limit']);
});
