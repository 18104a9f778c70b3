import type { JudgedFeed } from '@patient-access/fhir-store/ingest';

const HEAD = [
  'type',
  'as of',
  'newest record',
  'last load',
  'records',
  'usual',
  'deleted',
  'rejected',
  'findings',
  'every',
  '',
];

const instant = (at: Date | string | null | undefined): string =>
  at ? new Date(at).toISOString().slice(0, 16).replace('T', ' ') : '–';
const number = (value: number | null | undefined): string => value?.toLocaleString('en-US') ?? '–';

const UNITS = [
  [604_800, 'w'],
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
] as const;

function rhythm(seconds: number | null): string {
  const [size, unit] = UNITS.find(([each]) => seconds !== null && seconds % each === 0) ?? [];
  return seconds === null || size === undefined ? '–' : `${seconds / size}${unit}`;
}

const row = ({ type, asOf, newest, last, records, usual, everySeconds, late, small }: JudgedFeed) => [
  ...[type, instant(asOf), instant(newest), instant(last?.finished), number(records), number(usual)],
  ...[number(last?.deleted), number(last?.rejected), number(last?.findings), rhythm(everySeconds)],
  [late && 'LATE', small && 'SMALL'].filter(Boolean).join(' '),
];

/** A line for each type. Times are UTC. */
export function freshnessTable(feeds: readonly JudgedFeed[]): string {
  const lines = [HEAD, ...feeds.map(row)];
  const widths = HEAD.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
