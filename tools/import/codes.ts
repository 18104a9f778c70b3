import {
  repeatedName,
  SENSITIVE_CATEGORIES,
  type SensitiveCategory,
  type SensitiveCodes,
} from '@patient-access/fhir';
import { z } from 'zod';

const CATEGORIES = Object.keys(SENSITIVE_CATEGORIES) as [SensitiveCategory, ...SensitiveCategory[]];

/**
 * A code, or the beginning of codes with `*`. A beginning must not be too short: by mistake it could hide half of the
 * data.
 */
const code = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.\-]*\*?$/, 'letters, digits, dots, hyphens; * at the end');
const codes = z.record(z.string().min(1), z.array(code).min(1));
const Rule = z.union(
  [
    z.strictObject({ category: z.enum(CATEGORIES), codes }),
    z.strictObject({ label: z.string().regex(/^[^|\s]+\|[^|\s]+$/, 'system|code'), codes }),
  ],
  { error: `codes, and a category (${CATEGORIES.join(', ')}) or a label (system|code)` },
);

/**
 * Reads a plan's list of sensitive codes.
 *
 * @param written perhaps with a byte order mark, as programs of Windows write it
 * @throws Error with one line that names the wrong entry
 */
export function parseCodes(written: string): SensitiveCodes {
  const text = written.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the list of codes is no JSON');
  }
  const twice = repeatedName(text, Buffer.from(text), value);
  if (twice)
    throw new Error(
      `the list of codes: line ${twice.line}, column ${twice.column}: its object has this name already, so some codes would be missing`,
    );
  const parsed = z.array(Rule).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`the list of codes: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}
