/** Values of search parameters, by kind (http://hl7.org/fhir/R4/search.html#ptypes). */
import { localContent } from './attachments.ts';
import { tenantOfBase } from './base.ts';
import { dateSpan, instantWithin } from './dates.ts';
import { pointsAt, type SearchKind, type SearchParameter } from './definition.ts';
import { definitions } from './definitions.ts';
import { cutSystem, cutValue, fold, typedValue, versionlessReference } from './index-rows.ts';
import { cutNumber, halfUnit } from './numbers.ts';
import { invalid, notSupported } from './outcome.ts';
import { isId } from './resource.ts';

/** The prefixes by which ordered values are compared (http://hl7.org/fhir/R4/search.html#prefix). */
export const PREFIXES = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap'] as const;
export type Prefix = (typeof PREFIXES)[number];

/** One searched value. The alternatives of a parameter are joined by OR. */
export type Match =
  /** `system` undefined: any system; empty: without a system */
  | { kind: 'token'; system?: string; code?: string }
  | { kind: 'date'; prefix: Prefix; low: string; high: string }
  /** any of `values`; `version` is that of a canonical, undefined for any version */
  | { kind: 'reference'; values: string[]; version?: string }
  | { kind: 'string'; value: string; mode: 'starts' | 'contains' | 'equals' }
  /** `half` is half a unit of the last digit; `system` and `code` as in a token */
  | { kind: 'number'; prefix: Prefix; number: string; half: string; system?: string; code?: string }
  | { kind: 'id'; value: string };

/** The FHIR base and the time of a search. */
export interface SearchContext {
  /** the tenant's FHIR base URL, for absolute references */
  base: string;
  /**
   * milliseconds since the epoch; left out where the meaning must not change with time, and approximate dates are
   * then refused
   */
  nowMs?: number;
}

const MAX_ALTERNATIVES = 100;
/** Of one value: ids and codes of a list are short, and there may be many. */
export const MAX_VALUE_CHARACTERS = 1_024;

/**
 * Splits at commas, except where a backslash escapes them (http://hl7.org/fhir/R4/search.html#escaping).
 *
 * @throws OperationError 400 when a part is empty or too long, an escape is incomplete, or there are too many
 */
export function splitAlternatives(name: string, value: string): string[] {
  const parts = value.match(/(?:\\.|[^,\\])+/g) ?? [];
  if (parts.length === 0 || parts.join(',') !== value)
    throw invalid(`${name}: the value is empty or badly escaped.`, name);
  if (parts.length > MAX_ALTERNATIVES) throw invalid(`${name}: at most ${MAX_ALTERNATIVES} values.`, name);
  if (parts.some((part) => part.length > MAX_VALUE_CHARACTERS))
    throw invalid(`${name}: a value has more than ${MAX_VALUE_CHARACTERS} characters.`, name);
  return parts;
}

const unescape = (value: string) => value.replace(/\\([,$|\\])/g, '$1');

/** Splits at the first bars that are not escaped, into `count` parts at most, and removes the escapes. */
function splitAtBars(value: string, count: number): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: piece, index } of value.matchAll(/\\.|\|/gs)) {
    if (piece !== '|' || parts.length === count - 1) continue;
    parts.push(value.slice(from, index));
    from = index + 1;
  }
  return [...parts, value.slice(from)].map(unescape);
}

/** Parses `code`, `system|code`, `|code` (without a system) or `system|` (any code of the system). */
function parseToken(name: string, value: string): Match {
  const [first = '', code] = splitAtBars(value, 2);
  if (code === undefined) return { kind: 'token', code: cutValue(first) };
  if (!first && !code) throw invalid(`${name}: a token needs a system or a code.`, name);
  return { kind: 'token', system: cutSystem(first), ...(code && { code: cutValue(code) }) };
}

/**
 * Parses `system|code|value`: an identifier with its type. All three parts are required
 * (http://hl7.org/fhir/R4/search.html#modifiers).
 */
function parseTyped(name: string, raw: string): Match {
  const [system, code, value] = splitAtBars(raw, 3);
  if (!system || !code || !value) throw invalid(`${name}:of-type: system|code|value, all three.`, name);
  return { kind: 'token', system: cutSystem(system), code: cutValue(typedValue(code, value)) };
}

function parseString(name: string, modifier: string | undefined, raw: string): Match {
  const value = unescape(raw);
  if (modifier === 'exact') return { kind: 'string', value: cutValue(value), mode: 'equals' };
  const folded = cutValue(fold(value));
  // The text consists of accents and spaces only. Folded, it would be an empty prefix, which matches everything.
  if (folded === '') throw invalid(`${name}: there is no text to search for.`, name);
  return { kind: 'string', value: folded, mode: modifier === 'contains' ? 'contains' : 'starts' };
}

function prefixOf(value: string): { prefix: Prefix; rest: string } {
  const prefix = PREFIXES.find((candidate) => value.startsWith(candidate));
  return { prefix: prefix ?? 'eq', rest: prefix ? value.slice(prefix.length) : value };
}

/**
 * "Approximately" a date is within a tenth of the time between that date and now
 * (http://hl7.org/fhir/R4/search.html#prefix).
 */
const APPROXIMATE_PART = 0.1;

function parseDate(name: string, value: string, nowMs: number | undefined): Match {
  const { prefix, rest } = prefixOf(value);
  const span = dateSpan(rest);
  if (!span)
    throw invalid(`${name}: not a date, e.g. ge2026-01-31. The prefixes are ${PREFIXES.join(', ')}.`, name);
  if (prefix !== 'ap') return { kind: 'date', prefix, ...span };
  if (nowMs === undefined) throw notSupported(`${name}: approximate dates are not supported here.`, name);
  const [low, high] = [Date.parse(span.low), Date.parse(span.high)];
  const slack = Math.max(0, low - nowMs, nowMs - high) * APPROXIMATE_PART;
  return { kind: 'date', prefix, low: instantWithin(low - slack), high: instantWithin(high + slack) };
}

/**
 * Parses `5.4` or `5.4|system|code`, where each of system and code may be empty; a number has the first form only
 * (http://hl7.org/fhir/R4/search.html#quantity).
 */
function parseNumber(name: string, kind: 'number' | 'quantity', raw: string): Match {
  const [text = '', system, code, ...more] = splitAtBars(raw, 4);
  const { prefix, rest } = prefixOf(text);
  const number = cutNumber(rest);
  const half = halfUnit(number);
  const hasBothBars = kind === 'quantity' && code !== undefined && more.length === 0;
  if (half === undefined || (system !== undefined && !hasBothBars))
    throw invalid(
      `${name}: not a ${kind}, e.g. ge5.4${kind === 'quantity' ? '||mg' : ''}. The prefixes are ${PREFIXES.join(', ')}.`,
      name,
    );
  return {
    kind: 'number',
    prefix,
    number,
    half,
    ...(system && { system: cutSystem(system) }),
    ...(code && { code: cutValue(code) }),
  };
}

/** Matches an absolute URL, including `urn:`. A bar begins the version of a canonical. */
function canonicalMatch(value: string): Match {
  const [address = '', version] = splitAtBars(value, 2);
  return {
    kind: 'reference',
    values: [cutValue(versionlessReference(address))],
    ...(version && { version: cutSystem(version) }),
  };
}

/**
 * Parses `id` (of any type to which the parameter may refer), `Type/id`, or an absolute URL on our own base or
 * elsewhere. A version in it is left out, as in the index; that of a canonical counts.
 */
function parseReferenceMatch(name: string, parameter: SearchParameter, value: string, base: string): Match {
  const relative = versionlessReference(value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value);
  if (/^[a-z][a-z+.-]*:/i.test(relative)) return canonicalMatch(relative);
  const [address = '', version] = parameter.isCanonical ? splitAtBars(relative, 2) : [relative];
  const parts = address.split('/');
  const id = parts.at(-1);
  const types = parts.length === 1 ? (parameter.targets ?? []) : parts.slice(0, -1);
  if (parts.length > 2 || !isId(id)) throw invalid(`${name}: not a reference.`, name);
  if (!types[0]) throw invalid(`${name}: it refers to many types, so write the type too: Type/${id}.`, name);
  const values = types.map((type) => `${type}/${id}`);
  return {
    kind: 'reference',
    values: [...values, ...values.map((target) => cutValue(`${base}/${target}`))],
    ...(version && { version: cutSystem(version) }),
  };
}

/** A reference with the type that a modifier names. Some clients write the type again, or the whole URL. */
function typedReference(type: string, value: string, base: string): string {
  const local = value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value;
  return local.startsWith(`${type}/`) ? local : `${type}/${local}`;
}

/**
 * Parses one value of a parameter.
 *
 * @throws OperationError 400 naming the parameter
 */
export function parseMatch(
  name: string,
  modifier: string | undefined,
  parameter: SearchParameter,
  raw: string,
  { base, nowMs }: SearchContext,
): Match {
  const { kind } = parameter;
  if (modifier === 'identifier') return parseToken(name, raw);
  switch (kind) {
    case 'token':
      return modifier === 'of-type' ? parseTyped(name, raw) : parseToken(name, raw);
    case 'date':
      return parseDate(name, raw, nowMs);
    case 'string':
      return parseString(name, modifier, raw);
    case 'reference':
      return parseReferenceMatch(name, parameter, modifier ? typedReference(modifier, raw, base) : raw, base);
    case 'uri':
      return canonicalMatch(localContent(raw, tenantOfBase(base)) ?? raw);
    case 'number':
    case 'quantity':
      return parseNumber(name, kind, raw);
  }
}

/**
 * Modifiers besides `:missing`, which all kinds have, and besides the types to which a reference may refer
 * (http://hl7.org/fhir/R4/search.html#modifiers).
 */
const MODIFIERS: Readonly<Record<SearchKind, readonly string[]>> = {
  token: ['not'],
  string: ['exact', 'contains'],
  reference: ['identifier'],
  date: [],
  uri: [],
  number: [],
  quantity: [],
};

const IDENTIFIER = /(?:^|\.)identifier$/;

/** The modifiers that fit a parameter, as a list for the reader of an error. */
function modifiersOf({ kind, path, targets = [] }: SearchParameter): string {
  const ofType = kind === 'token' && IDENTIFIER.test(path) ? ['of-type'] : [];
  const types = kind === 'reference' ? targets.filter((type) => definitions.has(type)) : [];
  return [...MODIFIERS[kind], ...ofType, 'missing', ...types].map((modifier) => `:${modifier}`).join(', ');
}

/** Refuses an unknown modifier, because ignoring it would widen or narrow the result silently. */
export function checkModifier(name: string, modifier: string | undefined, parameter: SearchParameter): void {
  const { kind, path, byIdentifier } = parameter;
  if (byIdentifier && modifier === undefined)
    throw notSupported(`${name}: say the identifier, as ${name}:identifier=system|value.`, name);
  const known =
    modifier === undefined ||
    MODIFIERS[kind].includes(modifier) ||
    (pointsAt(parameter, modifier) && definitions.has(modifier)) ||
    (modifier === 'of-type' && kind === 'token' && IDENTIFIER.test(path));
  if (!known)
    throw notSupported(
      `${name}: the modifier ":${modifier}" is not supported. A ${kind} takes ${modifiersOf(parameter)}.`,
      name,
    );
}
