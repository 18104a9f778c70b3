/** A search request: parsed against the type's definition, strictly (http://hl7.org/fhir/R4/search.html). */
import { type Definition, namesMember, commonParameters, type SearchParameter } from './definition.ts';
import { definitions, MEMBER_TYPE } from './definitions.ts';
import { invalid, notSupported } from './outcome.ts';
import { type ResultParameters, isResultParameter, parseResultParameters } from './result-parameters.ts';
import { isInclude } from './search-include.ts';
import {
  splitAlternatives,
  checkModifier,
  type Match,
  parseMatch,
  type SearchContext,
} from './search-values.ts';

/** One condition; those of a search are joined by AND. */
export interface Clause {
  /** of the index rows: the name with its modifier where that has rows of its own */
  parameter: string;
  /** joined by OR; none: any value */
  matches: Match[];
  /** met by what has no such value */
  negated?: true;
  /** chain: met by what refers to a resource of this type that meets the clause */
  target?: { type: string; clause: Clause };
}

export interface ParsedSearch extends ResultParameters {
  clauses: Clause[];
  /** what was understood, for the self link: name and value as the client wrote them */
  used: [string, string][];
  /** the Patients named by parameters that say whose data is wanted */
  members: { parameter: string; id: string }[];
}

const MAX_PARAMETERS = 40;
const MAX_VALUE_CHARACTERS = 1_024;

/** Parameters whose values are columns: every resource has them. */
const COLUMNS: Readonly<Record<string, SearchParameter>> = {
  _id: { kind: 'token', path: 'id' },
  _lastUpdated: { kind: 'date', path: 'meta.lastUpdated' },
};

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** A member as nobody can be: no id is empty. */
const NO_SUCH_MEMBER = '';

const MEMBER_PREFIX = `${MEMBER_TYPE}/`;
/** A parameter with `:identifier` or a chain, whatever it names. */
const INDIRECT = new RegExp(`^(\\w+)(?::identifier$|(?::${MEMBER_TYPE})?\\.)`);

/**
 * `patient:identifier=…`, `patient.name=…`: a member named by something other than an id. Whether it is the token's
 * cannot be told without looking, so it counts as another (security case F04).
 *
 * @returns the name of the parameter
 */
function memberNamedIndirectly(definition: Definition, key: string): string | undefined {
  const name = INDIRECT.exec(key)?.[1] ?? '';
  const parameter = own(definition.search, name);
  return parameter !== undefined && namesMember(definition, parameter) ? name : undefined;
}

/** `:missing`: has it a value that can be searched for, or not (search.html#modifiers)? */
function presence(definition: Definition, name: string, parameter: SearchParameter, value: string): Clause {
  if (value !== 'true' && value !== 'false') throw invalid(`${name}:missing: true or false.`, name);
  // What every resource has is no index row; its id stands for it.
  const always = Object.hasOwn(COLUMNS, name) || namesMember(definition, parameter);
  return { parameter: always ? '_id' : name, matches: [], ...(value === 'true' && { negated: true }) };
}

/** Modifiers that look at rows of their own (index-rows.ts). */
const INDEXED_MODIFIERS = ['exact', 'identifier', 'of-type'];

interface Named {
  name: string;
  modifier: string | undefined;
  parameter: SearchParameter;
}

function clauseOf(definition: Definition, named: Named, value: string, from: SearchContext): Clause {
  const { name, modifier, parameter } = named;
  if (modifier === 'missing') return presence(definition, name, parameter, value);
  checkModifier(name, modifier, parameter);
  const values = splitAlternatives(name, value);
  if (name === '_id') {
    if (modifier) throw notSupported(`_id: the modifier ":${modifier}" is not supported.`, name);
    return { parameter: name, matches: values.map((id) => ({ kind: 'id', value: id })) };
  }
  return {
    parameter: modifier && INDEXED_MODIFIERS.includes(modifier) ? `${name}:${modifier}` : name,
    matches: values.map((raw) => parseMatch(name, modifier, parameter, raw, from)),
    ...(modifier === 'not' && { negated: true }),
  };
}

/** Splits `name:modifier`. @returns undefined for what is no parameter of the type */
function namedBy(definition: Definition, key: string): Named | undefined {
  if (key.includes('.')) return undefined;
  const [name = '', modifier, ...rest] = key.split(':');
  const parameter = own(definition.search, name) ?? own(commonParameters, name) ?? own(COLUMNS, name);
  if (rest.length > 0 && parameter) throw invalid(`${key}: not a parameter name.`, name);
  return parameter && { name, modifier, parameter };
}

/** `practitioner.name`, where the definition says so: a condition on what is referred to (search.html#chaining). */
function chained(
  definition: Definition,
  key: string,
  value: string,
  from: SearchContext,
): Clause | undefined {
  const [, name = '', asked, inner = ''] = /^([\w-]+)(?::(\w+))?\.([\w:-]+)$/.exec(key) ?? [];
  const { chains = [], targets = [] } = own(definition.search, name) ?? {};
  const [type = ''] = targets;
  const target = definitions.get(type);
  if (!target || (asked !== undefined && asked !== type)) return undefined;
  const named = namedBy(target, inner);
  if (!named || !chains.includes(named.name)) return undefined;
  return { parameter: name, matches: [], target: { type, clause: clauseOf(target, named, value, from) } };
}

/** The id of a member; of a reference to anything else the whole reference, which is no member's id. */
const memberIdIn = (reference: string): string =>
  reference.startsWith(MEMBER_PREFIX) ? reference.slice(MEMBER_PREFIX.length) : reference;

/** @returns false for what is no parameter of the type and may be left out */
function applyParameter(
  search: ParsedSearch,
  definition: Definition,
  [key, value]: [string, string],
  from: SearchContext,
): boolean {
  const indirect = memberNamedIndirectly(definition, key);
  if (indirect) return search.members.push({ parameter: indirect, id: NO_SUCH_MEMBER }) > 0;
  const named = namedBy(definition, key);
  if (!named) {
    const clause = chained(definition, key, value, from);
    if (clause) return search.clauses.push(clause) > 0;
    if (/^_|[:.]/.test(key)) throw notSupported(`${key} is not supported.`, key);
    return false;
  }
  const clause = clauseOf(definition, named, value, from);
  if (!namesMember(definition, named.parameter) || named.modifier === 'missing')
    return search.clauses.push(clause) > 0;
  search.members.push(
    ...clause.matches.map((match) => ({
      parameter: named.name,
      id: match.kind === 'reference' ? memberIdIn(match.values[0] ?? '') : NO_SUCH_MEMBER,
    })),
  );
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
 * @param options.strict `Prefer: handling=strict`: unknown parameters are an error instead of being left out
 * @throws OperationError 400 naming the parameter at fault
 */
export function parseSearch(
  definition: Definition,
  entries: readonly [string, string][],
  options: SearchContext & { strict: boolean },
): ParsedSearch {
  if (entries.length > MAX_PARAMETERS) throw invalid(`At most ${MAX_PARAMETERS} parameters.`);
  entries.forEach(checkEntry);
  const search: ParsedSearch = {
    ...parseResultParameters(definition, entries),
    clauses: [],
    used: [],
    members: [],
  };
  for (const [name, value] of entries) {
    const known =
      isResultParameter(name) ||
      isInclude(name) ||
      applyParameter(search, definition, [name, value], options);
    if (known) search.used.push([name, value]);
    else if (options.strict) throw notSupported(`${name} is not a search parameter of this type.`, name);
  }
  return search;
}
