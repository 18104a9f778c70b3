/**
 * Checks that docs/replicas.md names every limit and cache: each source file that keeps something between requests or counts
 * them, by what such files have in common, and each setting that is a limit.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'docs/replicas.md';
const SOURCES = '{apps,libs}/*/src/**/*.ts';
/** What runs in a browser has no replicas, and tests run one at a time. */
const ELSEWHERE = /^(?:apps\/(?:sample-app|card-viewer)|libs\/testing)\//;
const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;

const SIGNS: readonly [sign: RegExp, what: string][] = [
  [/\bnew (?:LRU|Expiring)Cache</, 'a cache'],
  [
    /\bconst (?:\w+_)?(?:KNOWN|KEPT|FRESH|METADATA)_MS\b|\bMAX_REMEMBERED\b|\bcreateRemoteJWKSet\(/,
    'a cache',
  ],
  [/\bnew FairSemaphore\(/, 'a limit of what is under way'],
  [/\bconst (?:MINUTE|WINDOW)_MS\b|\.count \+ 1\b|\bperHour\?: /, 'a count in a time'],
  [/\bquietSeconds: HOUR\b/, 'a limit of attempts'],
  [/\b(?:replicas|gateways)\.share\(/, 'a limit that is shared'],
];

/** A row of the table of settings whose value is a limit. */
const LIMIT_SETTING = /^\| `((?:QUOTA_\w+)|(?:\w+_(?:REQUESTS|MAX_ROWS|CONNECTIONS|PER_MINUTE)))` /gm;

/** @returns what the page lacks */
export function replicaGapsOf(
  page: string,
  sources: Iterable<readonly [file: string, source: string]>,
  settings: string,
): string[] {
  const lacking: string[] = [];
  for (const [file, source] of sources) {
    const code = source.replace(COMMENTS, '');
    const [, what] = SIGNS.find(([sign]) => sign.test(code)) ?? [];
    if (what !== undefined && !page.includes(file)) lacking.push(`${file} has ${what}`);
  }
  for (const [, name = ''] of settings.matchAll(LIMIT_SETTING))
    if (!page.includes(`\`${name}\``)) lacking.push(`${name} is a limit`);
  return lacking;
}

/** @returns what the page lacks, or undefined */
export function replicaGaps(root: string): string | undefined {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const files = globSync(SOURCES, { cwd: root }).filter((file) => !ELSEWHERE.test(file));
  const sources = files.map((file) => [file, read(file)] as const);
  const lacking = replicaGapsOf(read(PAGE), sources, read('docs/operate.md'));
  return lacking.length === 0 ? undefined : lacking.map((line) => `${PAGE}: ${line}`).join('\n');
}
