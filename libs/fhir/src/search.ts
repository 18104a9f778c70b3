/** A search request: parsed against the type's definition, strictly (http://hl7.org/fhir/R4/search.html). */
import { type Definition, namesMember, type SearchParameter } from './definition.ts';
import { invalid, notSupported } from './outcome.ts';
import { alternatives, checkModifier, type Match, parseMatch } from './search-values.ts';

/** One parameter; the clauses of a search are joined by AND. */
export interface Clause {
  parameter: string;
  matches: Match[];
}

export interface Search {
  clauses: Clause[];
  /** resources a page, 0 to {@link MAX_COUNT} */
  count: number;
  /** whether the total was asked for */
  total: boolean;
  /** newest first unless asked otherwise */
  ascending: boolean;
  /** what was understood, for the self link: name and value as the client wrote them */
  used: [string, string][];
  /** ids of the Patients named by parameters that say whose data is wanted */
  members: string[];
}

/** A search that is being read. */
type Parsing = Search & { countOnly: boolean };

export const DEFAULT_COUNT = 50;
export const MAX_COUNT = 100;
const MAX_PARAMETERS = 40;
const MAX_VALUE_CHARACTERS = 1_024;

const LAST_UPDATED: SearchParameter = { kind: 'date', path: 'meta.lastUpdated' };

function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw invalid('_count: a whole number, 0 or more.', '_count');
  return Math.min(Number(value), MAX_COUNT);
}

function parseIds(value: string): Clause {
  const ids = alternatives('_id', value);
  return { parameter: '_id', matches: ids.map((id) => ({ kind: 'id', value: id })) };
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw notSupported(`${name}: only ${allowed.join(', ')}.`, name);
  return found;
}

/** What can be meant one way only (security rule D08); the rest may be repeated, which means AND. */
const SINGLE_VALUED = ['_count', '_total', '_summary', '_sort', '_format'];

function refuseRepeated(search: Search, name: string): void {
  if (SINGLE_VALUED.includes(name) && search.used.some(([earlier]) => earlier === name))
    throw invalid(`${name} may be given once.`, name);
}

/** Parameters about the result rather than the content; every other name that starts with `_` is refused. */
function applyControl(search: Parsing, name: string, value: string, base: string): boolean {
  switch (name) {
    case '_count':
      search.count = parseCount(value);
      return true;
    case '_total':
      search.total = oneOf(name, value, ['none', 'accurate', 'estimate']) !== 'none';
      return true;
    case '_summary':
      search.countOnly = oneOf(name, value, ['false', 'count']) === 'count';
      return true;
    case '_sort':
      search.ascending = oneOf(name, value, ['_lastUpdated', '-_lastUpdated']) === '_lastUpdated';
      return true;
    case '_id':
      search.clauses.push(parseIds(value));
      return true;
    case '_lastUpdated':
      search.clauses.push({
        parameter: name,
        matches: alternatives(name, value).map((raw) => parseMatch(name, undefined, LAST_UPDATED, raw, base)),
      });
      return true;
    case '_format':
      return true;
    default:
      if (name.startsWith('_')) throw notSupported(`${name} is not supported.`, name);
      return false;
  }
}

/** A member as nobody can be: no id is empty. */
const NOBODY = '';

/**
 * `patient:identifier=…`, `patient.name=…`: a member named by something other than an id. Whether it is the token's
 * cannot be told without looking, so it counts as another (security case F04).
 */
function namesMemberIndirectly(definition: Definition, key: string): boolean {
  const name = /^(\w+)(?::identifier$|(?::Patient)?\.)/.exec(key)?.[1] ?? '';
  const parameter = Object.hasOwn(definition.search, name) ? definition.search[name] : undefined;
  return parameter !== undefined && namesMember(definition, parameter);
}

function applyParameter(
  search: Search,
  definition: Definition,
  entry: [string, string],
  base: string,
): boolean {
  const [key, value] = entry;
  if (namesMemberIndirectly(definition, key)) return search.members.push(NOBODY) > 0;
  const [name = '', modifier, ...rest] = key.split(':');
  if (rest.length > 0) throw invalid(`${key}: not a parameter name.`, name);
  const parameter = Object.hasOwn(definition.search, name) ? definition.search[name] : undefined;
  if (!parameter) {
    if (key.includes(':') || key.includes('.')) throw notSupported(`${key} is not supported.`, key);
    return false;
  }
  checkModifier(name, modifier, parameter);
  const matches = alternatives(name, value).map((raw) => parseMatch(name, modifier, parameter, raw, base));
  if (namesMember(definition, parameter)) {
    search.members.push(
      ...matches.map((match) => (match.kind === 'reference' ? match.value.replace(/^Patient\//, '') : '')),
    );
  } else {
    search.clauses.push({ parameter: name, matches });
  }
  return true;
}

/**
 * Parses a search.
 *
 * @param entries decoded name and value pairs, in order, repeated ones repeated (AND)
 * @param options.base the tenant's FHIR base URL, for absolute references
 * @param options.strict `Prefer: handling=strict`: unknown parameters are an error instead of being left out
 * @throws OperationError 400 naming the parameter at fault
 */
export function parseSearch(
  definition: Definition,
  entries: readonly [string, string][],
  options: { base: string; strict: boolean },
): Search {
  const search: Parsing = {
    clauses: [],
    count: DEFAULT_COUNT,
    countOnly: false,
    total: false,
    ascending: false,
    used: [],
    members: [],
  };
  if (entries.length > MAX_PARAMETERS) throw invalid(`At most ${MAX_PARAMETERS} parameters.`);
  for (const [name, value] of entries) {
    if (value === '') throw invalid(`${name}: the value is empty.`, name);
    if (value.length > MAX_VALUE_CHARACTERS) throw invalid(`${name}: the value is too long.`, name);
    if (/\p{Cc}/u.test(value)) throw invalid(`${name}: control characters are not allowed.`, name);
    refuseRepeated(search, name);
    const known =
      applyControl(search, name, value, options.base) ||
      applyParameter(search, definition, [name, value], options.base);
    if (known) search.used.push([name, value]);
    else if (options.strict) throw notSupported(`${name} is not a search parameter of this type.`, name);
  }
  const { countOnly, ...rest } = search;
  const count = countOnly ? 0 : search.count;
  return { ...rest, count, total: search.total || count === 0 };
}
