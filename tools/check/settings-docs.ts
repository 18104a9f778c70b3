/**
 * Compares the table of settings in docs/operate.md with the schemas of the services. `node tools/check/settings-docs.ts`
 * writes it anew, from the built services.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICE_NAMES } from '@patient-access/topology';
import { z } from 'zod';
import { type SettingRow, settingRow, settingGaps } from './setting-row.ts';

const FILE = 'docs/operate.md';
const TABLE = /(?<=<!-- made from the schemas of settings -->\n)[\s\S]*?(?=<!-- end -->)/;

const isServiceSchema = (value: unknown): value is z.ZodObject =>
  value instanceof z.ZodObject && 'PORT' in value.shape;

/** @returns the settings of each service, by name, with the services that have each of them in this meaning */
async function rows(root: string): Promise<SettingRow[]> {
  const found = new Map<string, SettingRow>();
  for (const service of SERVICE_NAMES) {
    const file = pathToFileURL(join(root, 'apps', service, 'dist/config.js')).href;
    const exported = Object.values((await import(file)) as Record<string, unknown>);
    for (const [name, type] of Object.entries(exported.find(isServiceSchema)?.shape ?? {})) {
      const row = settingRow(name, type as z.ZodType);
      const key = JSON.stringify(row);
      found.set(key, { ...row, services: [...(found.get(key)?.services ?? []), service] });
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

const short = (service: string): string =>
  service.replace(/-service$/, '').replace('fhir-gateway', 'gateway');

function servicesText({ services }: SettingRow): string {
  const others = SERVICE_NAMES.filter((name) => !services.includes(name));
  if (others.length === 0) return 'all';
  return others.length < 3 ? `all but ${others.map(short).join(', ')}` : services.map(short).join(', ');
}

function table(found: readonly SettingRow[]): string {
  const head = ['setting', 'default', 'unit', 'services', 'meaning'];
  const body = found.map((row) => [
    `\`${row.name}\``,
    row.shownDefault,
    row.unit,
    servicesText(row),
    row.meaning,
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const ruler = line(widths.map((width) => '-'.repeat(width)));
  return `\n${[line(head), ruler, ...body.map(line)].join('\n')}\n\n`;
}

const expected = (text: string, found: readonly SettingRow[]): string =>
  text.replace(TABLE, () => table(found));

/** @returns what is wrong, or undefined */
export async function outdatedSettings(root: string): Promise<string | undefined> {
  const found = await rows(root);
  const text = readFileSync(join(root, FILE), 'utf8');
  const problems = [
    ...found.flatMap(settingGaps),
    ...(TABLE.test(text) && text === expected(text, found)
      ? []
      : [`${FILE} has other settings than the services: node tools/check/settings-docs.ts`]),
  ];
  return problems.length > 0 ? problems.join('\n') : undefined;
}

if (import.meta.main) writeFileSync(FILE, expected(readFileSync(FILE, 'utf8'), await rows(process.cwd())));
