/** Finds the tests of the items of the SMART checklist: their titles begin with `SMART 31: ` or `SMART 85, 86: `. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMART_ITEMS } from './smart-items.ts';

export const TITLE = /\bSMART (\d+(?:, \d+)*): /;

/** @returns the numbers of the items that a test's title names */
export function itemsOf(title: string): number[] {
  return (TITLE.exec(title)?.[1] ?? '').split(', ').filter(Boolean).map(Number);
}

/** @returns items without a test or a reason, and titles that name an unknown item; undefined when there is none */
export function smartGaps(root: string): string | undefined {
  const named = new Set<number>();
  for (const file of globSync('{apps,libs,tools}/**/*.test.ts', {
    cwd: root,
    exclude: ['**/node_modules/**'],
  })) {
    const titles = readFileSync(join(root, file), 'utf8').matchAll(new RegExp(TITLE, 'g'));
    for (const [title] of titles) itemsOf(title).forEach((item) => named.add(item));
  }
  const gaps = [...SMART_ITEMS].filter(([number, { left }]) => !left && !named.has(number));
  const unknown = [...named].filter((number) => !SMART_ITEMS.has(number));
  const lines = [
    ...gaps.map(([number, { about }]) => `no test is named after SMART ${number} (${about})`),
    ...unknown.map((number) => `there is no SMART item ${number}`),
  ];
  return lines.length > 0 ? lines.join('\n') : undefined;
}
