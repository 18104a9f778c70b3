import type { Obstacle } from './obstacle.ts';

const HEAD = ['', 'where', 'check', 'found', 'fix'];

/** @returns a table for a terminal, the findings that stop first */
export function obstacleTable(findings: readonly (Obstacle & { where: string })[]): string {
  const rows = [...findings]
    .sort((a, b) => b.level.localeCompare(a.level) || a.where.localeCompare(b.where))
    .map(({ level, where, check, found, fix }) => [level, where, check, found, fix]);
  const widths = HEAD.map((_, at) => Math.max(...[HEAD, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEAD, ...rows].map(line).join('\n');
}
