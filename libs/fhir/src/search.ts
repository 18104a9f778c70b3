/** A search request: parsed against the type's definition, strictly (http://hl7.org/fhir/R4/search.html). */
import { type Definition, namesMember, type SearchParameter } from './definition.ts';
import { invalid, notSupported } from './outcome.ts';
import { type Control, isControl, parseControl } from './search-control.ts';
import { isInclude } from './search-include.ts';
import { alternatives, checkModifier, type Match, parseMatch } from './search-values.ts';

/** One parameter; the clauses of a search are joined by AND. */
export interface Clause {
  parameter: string;
  matches: Match[];
}

export interface Search extends Control {
  clauses: Clause[];
  /** what was understood, for the self link: name and value as the client wrote them */
  used: [string, string][];
  /** ids of the Patients named by parameters that say whose data is wanted */
  members: string[];
}

const MAX_PARAMETERS = 40;
const MAX_VALUE_CHARACTERS = 1_024;

const LAST_UPDATED: SearchParameter = { kind: 'date', path: 'meta.lastUpdated' };

function parseIds(value: string): Clause {
  const ids = alternatives('_id', value);
  return { parameter: '_id', matches: ids.map((id) => ({ kind: 'id', value: id })) };
}

/** Parameters that every type has; every other name that starts with `_` is refused. */
function applyCommon(search: Search, name: string, value: string, base: string): boolean {
  switch (name) {
    case '_id':
      search.clauses.push(parseIds(value));
      return true;
    case '_lastUpdated':
      search.clauses.push({
        parameter: name,
        matches: alternatives(name, value).map((raw) => parseMatch(name, undefined, LAST_UPDATED, raw, base)),
      });
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

function checkEntry([name, value]: readonly [string, string]): void {
  if (value === '') throw invalid(`${name}: the value is empty.`, name);
  if (value.length > MAX_VALUE_CHARACTERS) throw invalid(`${name}: the value is too long.`, name);
  if (/\p{Cc}/u.test(value)) throw invalid(`${name}: control characters are not allowed.`, name);
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
  if (entries.length > MAX_PARAMETERS) throw invalid(`At most ${MAX_PARAMETERS} parameters.`);
  entries.forEach(checkEntry);
  const search: Search = { ...parseControl(definition, entries), clauses: [], used: [], members: [] };
  for (const [name, value] of entries) {
    const known =
      isControl(name) ||
      isInclude(name) ||
      applyCommon(search, name, value, options.base) ||
      applyParameter(search, definition, [name, value], options.base);
    if (known) search.used.push([name, value]);
    else if (options.strict) throw notSupported(`${name} is not a search parameter of this type.`, name);
  }
  return search;
}
