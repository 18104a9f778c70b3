import type { Counts, Summary } from '../store/summary.ts';
import { saidWithoutCategory } from '../store/without-category.ts';

const COLUMNS = [
  'created',
  'updated',
  'unchanged',
  'deleted',
  'rejected',
] as const satisfies (keyof Counts)[];
const COLUMN_CHARACTERS = 11;

/** Formats the summary as a table with a row for each type. */
export function tableOf(summary: Summary): string {
  const rows = Object.entries(summary.types).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = [...rows.map(([name]) => name), 'resource', 'total'];
  const width = Math.max(...names.map((name) => name.length));
  const line = (name: string, cells: string[]) =>
    name.padEnd(width) + cells.map((cell) => cell.padStart(COLUMN_CHARACTERS)).join('');
  const row = (name: string, counts: Counts) =>
    line(
      name,
      COLUMNS.map((column) => counts[column].toLocaleString('en-US')),
    );
  return [
    line('resource', [...COLUMNS]),
    ...rows.map(([name, counts]) => row(name, counts)),
    row('total', summary),
    ...summary.complete.map(
      ({ type, stored, missing, deleted, retained }) =>
        `${type}: ${stored} stored, ${missing} not in the complete load, ${deleted} deleted` +
        (retained > 0 ? `, ${retained} that have to stay for a time (--delete-retained deletes them)` : ''),
    ),
    ...(summary.cleaned > 0 ? [`${summary.cleaned} narratives cleaned of what is no text`] : []),
    ...(summary.unidentified > 0
      ? [
          `${summary.unidentified} references by an identifier stay as they are: nothing has it, or more than one`,
        ]
      : []),
    ...(summary.repeated > 0
      ? [`${summary.repeated} resources came more than once, and differently: the last one of each is stored`]
      : []),
    ...(summary.withoutCategory ?? []).map(saidWithoutCategory),
    ...(summary.skipped > 0 ? [`${summary.skipped} entries without data skipped`] : []),
  ].join('\n');
}
