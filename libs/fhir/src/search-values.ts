/** Values of search parameters, by kind (http://hl7.org/fhir/R4/search.html#ptypes). */
import { dateSpan } from './dates.ts';
import { pointsAt, type SearchParameter } from './definition.ts';
import { definitions } from './definitions.ts';
import { fold } from './index-rows.ts';
import { invalid, notSupported } from './outcome.ts';
import { isId } from './resource.ts';

export const DATE_PREFIXES = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'] as const;
export type DatePrefix = (typeof DATE_PREFIXES)[number];

/** One value to look for; the alternatives of a parameter are joined by OR. */
export type Match =
  /** `system` undefined: any; empty: none */
  | { kind: 'token'; system?: string; code?: string }
  | { kind: 'date'; prefix: DatePrefix; low: string; high: string }
  | { kind: 'reference' | 'uri'; value: string }
  | { kind: 'string'; value: string; mode: 'starts' | 'contains' }
  | { kind: 'id'; value: string };

const MAX_ALTERNATIVES = 100;

/**
 * Splits at commas that are not escaped by a backslash (search.html#escaping).
 *
 * @throws OperationError 400 when a part is empty or an escape is incomplete
 */
export function alternatives(name: string, value: string): string[] {
  const parts = value.match(/(?:\\.|[^,\\])+/g) ?? [];
  if (parts.length === 0 || parts.join(',') !== value)
    throw invalid(`${name}: the value is empty or badly escaped.`, name);
  if (parts.length > MAX_ALTERNATIVES) throw invalid(`${name}: at most ${MAX_ALTERNATIVES} values.`, name);
  return parts;
}

const unescape = (value: string) => value.replace(/\\([,$|\\])/g, '$1');

function parseToken(name: string, value: string): Match {
  const beforeBar = /^((?:\\.|[^|\\])*)\|/.exec(value)?.[1];
  if (beforeBar === undefined) return { kind: 'token', code: unescape(value) };
  const [system, code] = [unescape(beforeBar), unescape(value.slice(beforeBar.length + 1))];
  if (!system && !code) throw invalid(`${name}: a token needs a system or a code.`, name);
  return { kind: 'token', system, ...(code && { code }) };
}

function parseString(name: string, modifier: string | undefined, value: string): Match {
  const folded = fold(unescape(value));
  // Nothing but accents: an empty prefix would match everything.
  if (folded === '') throw invalid(`${name}: there is no text to search for.`, name);
  return { kind: 'string', value: folded, mode: modifier === 'contains' ? 'contains' : 'starts' };
}

function parseDate(name: string, value: string): Match {
  const prefix = DATE_PREFIXES.find((candidate) => value.startsWith(candidate)) ?? 'eq';
  if (value.startsWith('ap')) throw notSupported(`${name}: the prefix "ap" is not supported.`, name);
  const span = dateSpan(value.startsWith(prefix) ? value.slice(prefix.length) : value);
  if (!span) throw invalid(`${name}: not a date, e.g. ge2026-01-31.`, name);
  return { kind: 'date', prefix, ...span };
}

/** `id`, `Type/id`, or an absolute URL on our own base. */
function referenceValue(name: string, parameter: SearchParameter, value: string, base: string): string {
  const relative = value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value;
  const [type, id] = relative.includes('/') ? relative.split('/') : [parameter.targets?.[0] ?? '', relative];
  if (/^[a-z][a-z+.-]*:/i.test(relative)) return relative;
  if (relative.split('/').length > 2 || !type || !isId(id ?? ''))
    throw invalid(`${name}: not a reference.`, name);
  return `${type}/${id}`;
}

/**
 * Reads one value of a parameter.
 *
 * @param base the tenant's FHIR base URL, for absolute references
 * @throws OperationError 400 naming the parameter
 */
export function parseMatch(
  name: string,
  modifier: string | undefined,
  parameter: SearchParameter,
  raw: string,
  base: string,
): Match {
  switch (parameter.kind) {
    case 'token':
      return parseToken(name, raw);
    case 'date':
      return parseDate(name, raw);
    case 'string':
      return parseString(name, modifier, raw);
    case 'reference':
      return {
        kind: 'reference',
        value: referenceValue(name, parameter, modifier ? `${modifier}/${raw}` : raw, base),
      };
    case 'uri':
      return { kind: 'uri', value: unescape(raw) };
  }
}

/** A modifier that is not understood would silently widen or narrow the result, so it is refused. */
export function checkModifier(name: string, modifier: string | undefined, parameter: SearchParameter): void {
  if (modifier === undefined) return;
  const known =
    parameter.kind === 'string'
      ? modifier === 'contains'
      : pointsAt(parameter, modifier) && definitions.has(modifier);
  if (!known) throw notSupported(`${name}: the modifier ":${modifier}" is not supported.`, name);
}
