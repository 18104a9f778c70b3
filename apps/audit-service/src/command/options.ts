/** What can be said behind `npm run audit --`, and what the process says with its exit code. */
import { readFile } from 'node:fs/promises';
import { parseInstant } from '@patient-access/fhir';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import type { z } from 'zod';

const OPTIONS = {
  tenant: { type: 'string' },
  checkpoints: { type: 'string' },
  keys: { type: 'string' },
  'event-keys': { type: 'string' },
  'restore-key': { type: 'string' },
  'restore-keys': { type: 'string' },
  file: { type: 'string' },
  member: { type: 'string', multiple: true },
  resource: { type: 'string', multiple: true },
  since: { type: 'string' },
  out: { type: 'string' },
  records: { type: 'string' },
  apps: { type: 'string' },
  reason: { type: 'string' },
  id: { type: 'string' },
  'without-events': { type: 'string', multiple: true },
  months: { type: 'string' },
  'below-six-years': { type: 'boolean' },
  ahead: { type: 'string' },
  days: { type: 'string' },
  prometheus: { type: 'string' },
  'dry-run': { type: 'boolean' },
  finish: { type: 'boolean' },
  undoes: { type: 'string', multiple: true },
  'restored-is-whole': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const parseCommand = (words: readonly string[]) =>
  parseCommandLine({ args: [...words], options: OPTIONS, allowPositionals: true });
export type AuditOptions = ReturnType<typeof parseCommand>['values'];

export const EXIT = { broken: 1, wrong: 2, restored: 3 } as const;

export class UsageError extends Error {}

/** @throws UsageError when the option is missing, or is there several times */
export function required(options: AuditOptions, name: keyof AuditOptions): string {
  const [value, ...more] = [options[name]].flat();
  if (more.length > 0) throw new UsageError(`--${name} is there several times`);
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

/** @throws UsageError when the file of `--records` does not hold what the schema says */
export async function namedIn<Named extends z.ZodType>(file: string, schema: Named): Promise<z.infer<Named>> {
  const text = await readFile(file, 'utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`--records: ${(error as Error).message}`);
  }
}

/** @throws UsageError when `--since` is missing or no time */
export function sinceOf(options: AuditOptions): Date {
  const since = parseInstant(required(options, 'since'));
  if (!since) throw new UsageError('--since is no time in ISO 8601 with its offset: 2026-11-26T02:00:00Z');
  return since;
}
