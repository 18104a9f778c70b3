/** Parses a search request strictly, with the definition of its type (http://hl7.org/fhir/R4/search.html). */
import { type Definition, namesMember, commonParameters, type SearchParameter } from './definition.ts';
import { definitions, MEMBER_TYPE } from './definitions.ts';
import { meantParameter } from './left-out.ts';
import { type LinkedAnswers, linkedKey, type LinkedQuestion } from './linked-chains.ts';
import { invalid, notSupported } from './outcome.ts';
import { systemOfCodes } from './profile/system-of-codes.ts';
import { type ResultParameters, isResultParameter, parseResultParameters } from './result-parameters.ts';
import { isInclude } from './search-include.ts';
import {
  splitAlternatives,
  checkModifier,
  type Match,
  MAX_VALUE_CHARACTERS,
  parseMatch,
  type SearchContext,
} from './search-values.ts';

/** One condition. The conditions of a search are joined by AND. */
export interface Clause {
  /** the parameter of the index rows: the name, with its modifier if the modifier has rows of its own */
  parameter: string;
  /** with any value: rows of this parameter have one too */
  orParameter?: string;
  /** joined by OR; empty: any value */
  matches: Match[];
  /** matches resources without such a value */
  negated?: true;
  /** a chain: matches resources that refer to a resource of this type which meets the clause */
  target?: { type: string; clause: Clause };
}

export interface ParsedSearch extends ResultParameters {
  clauses: Clause[];
  /** the parameters that were understood, for the self link: name and value as the client wrote them */
  used: [string, string][];
  /** names of parameters that the type does not have; the search is answered without them */
  leftOut: string[];
  /** the Patients named by parameters that name the member */
  members: { parameter: string; id: string }[];
  /** what another service has to be asked before this search can be answered */
  questions: LinkedQuestion[];
}

/** What a search is parsed with. */
interface SearchOptions extends SearchContext {
  /** `Prefer: handling=strict`: an unknown parameter is an error instead of being ignored */
  strict: boolean;
  /** what is known of chains into another service; absent: they are refused */
  linked?: LinkedAnswers | undefined;
}

const MAX_PARAMETERS = 40;

/** Parameters whose values are columns. Every resource has these values. */
const COLUMNS: Readonly<Record<string, SearchParameter>> = {
  _id: { kind: 'token', path: 'id' },
  _lastUpdated: { kind: 'date', path: 'meta.lastUpdated' },
};

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Stands for a member who cannot exist, because no id is empty. */
const NO_SUCH_MEMBER = '';

const MEMBER_PREFIX = `${MEMBER_TYPE}/`;
/** A parameter with `:identifier` or a chain. */
const INDIRECT = new RegExp(`^(\\w+)(?::identifier$|(?::${MEMBER_TYPE})?\\.)`);

/**
 * `patient:identifier=…` or `patient.name=…` name a member by something other than an id. Only the data could show
 * whether this is the token's member, so it counts as another member (security case F04).
 *
 * @returns the name of the parameter
 */
function memberNamedIndirectly(definition: Definition, key: string): string | undefined {
  const name = INDIRECT.exec(key)?.[1] ?? '';
  const parameter = own(definition.search, name);
  return parameter !== undefined && namesMember(definition, parameter) ? name : undefined;
}

/**
 * `:missing`: does the resource have a value that can be searched for (http://hl7.org/fhir/R4/search.html#modifiers)?
 */
function presence(definition: Definition, name: string, parameter: SearchParameter, value: string): Clause {
  if (value !== 'true' && value !== 'false') throw invalid(`${name}:missing: true or false.`, name);
  // A value that every resource has may have no index row. The id of the resource stands for it.
  const always = Object.hasOwn(COLUMNS, name) || namesMember(definition, parameter);
  const rest = { matches: [], ...(value === 'true' && { negated: true as const }) };
  if (always) return { parameter: '_id', ...rest };
  if (parameter.kind !== 'reference') return { parameter: name, ...rest };
  // A reference may have an identifier alone, which has rows of its own.
  const identifier = `${name}:identifier`;
  return parameter.byIdentifier
    ? { parameter: identifier, ...rest }
    : { parameter: name, orParameter: identifier, ...rest };
}

/** Modifiers that compare index rows of their own (index-rows.ts). */
const INDEXED_MODIFIERS = ['exact', 'identifier', 'of-type'];

const typeOf: ReadonlyMap<Definition, string> = new Map(
  [...definitions].map(([type, definition]) => [definition, type]),
);

/**
 * A code without a place for its system has none in the index. A client may name the one that its value set has
 * (http://hl7.org/fhir/R4/search.html#token).
 */
function withoutOwnSystem(match: Match, definition: Definition, { path }: SearchParameter): Match {
  if (match.kind !== 'token' || !match.system) return match;
  const own = systemOfCodes(typeOf.get(definition) ?? '', path);
  return match.system === own ? { ...match, system: '' } : match;
}

interface Named {
  name: string;
  modifier: string | undefined;
  parameter: SearchParameter;
}

function clauseOf(definition: Definition, named: Named, value: string, from: SearchContext): Clause {
  const { name, modifier, parameter } = named;
  if (modifier === 'missing') return presence(definition, name, parameter, value);
  checkModifier(name, modifier, parameter);
  const matchOf = (raw: string): Match =>
    name === '_id'
      ? { kind: 'id', value: raw }
      : withoutOwnSystem(parseMatch(name, modifier, parameter, raw, from), definition, parameter);
  return {
    parameter: modifier && INDEXED_MODIFIERS.includes(modifier) ? `${name}:${modifier}` : name,
    matches: splitAlternatives(name, value).map(matchOf),
    ...(modifier === 'not' && { negated: true }),
  };
}

/** Splits `name:modifier`. @returns undefined if the type has no such parameter */
function namedBy(definition: Definition, key: string): Named | undefined {
  if (key.includes('.')) return undefined;
  const [name = '', modifier, ...rest] = key.split(':');
  const parameter = own(definition.search, name) ?? own(commonParameters, name) ?? own(COLUMNS, name);
  if (rest.length > 0 && parameter) throw invalid(`${key}: not a parameter name.`, name);
  return parameter && { name, modifier, parameter };
}

/**
 * Parses `practitioner.name`, where the definition allows it: a condition on the target of a reference
 * (http://hl7.org/fhir/R4/search.html#chaining).
 */
function chained(
  { questions }: ParsedSearch,
  definition: Definition,
  [key, value]: [string, string],
  from: SearchOptions,
): Clause | undefined {
  const [, name = '', asked, inner = ''] = /^([\w-]+)(?::(\w+))?\.([\w:-]+)$/.exec(key) ?? [];
  const { chains = [], publishedChains = [], targets = [] } = own(definition.search, name) ?? {};
  const [type = ''] = targets;
  const target = definitions.get(type);
  if (!target || (asked !== undefined && asked !== type)) return undefined;
  const named = namedBy(target, inner);
  if (!named) return undefined;
  const isLinked = from.linked !== undefined && publishedChains.includes(named.name);
  if (!isLinked && !chains.includes(named.name)) return undefined;
  // What is wrong with the value is said here, wherever the target is kept.
  const clause = clauseOf(target, named, value, from);
  if (!isLinked) return { parameter: name, matches: [], target: { type, clause } };
  const question = { type, parameter: inner, value, chain: key };
  const linked = linkedKey(question);
  const ids = from.linked?.get(linked);
  if (!ids && !questions.some((other) => linkedKey(other) === linked)) questions.push(question);
  // Without a target nothing matches.
  return {
    parameter: name,
    matches: [{ kind: 'reference', values: (ids ?? []).map((id) => `${type}/${id}`) }],
  };
}

/**
 * The id in a reference to a member. For any other reference it is the whole text, which cannot be the id of a
 * member.
 */
const memberIdIn = (reference: string): string =>
  reference.startsWith(MEMBER_PREFIX) ? reference.slice(MEMBER_PREFIX.length) : reference;

/** @returns false if the type has no such parameter and it may be ignored */
function applyParameter(
  search: ParsedSearch,
  definition: Definition,
  [key, value]: [string, string],
  from: SearchOptions,
): boolean {
  const indirect = memberNamedIndirectly(definition, key);
  if (indirect) return search.members.push({ parameter: indirect, id: NO_SUCH_MEMBER }) > 0;
  const named = namedBy(definition, key);
  if (!named) {
    const clause = chained(search, definition, [key, value], from);
    if (clause) return search.clauses.push(clause) > 0;
    if (/^_|[:.]/.test(key))
      throw notSupported(`${key} is not supported.${PAGING.test(key) ? FOLLOW : ''}`, key);
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
  // The value of a search parameter may be a list, and is measured where it is split.
  if (value.length > MAX_VALUE_CHARACTERS && (isResultParameter(name) || isInclude(name)))
    throw invalid(`${name}: the value is too long.`, name);
  if (/\p{Cc}/u.test(value)) throw invalid(`${name}: control characters are not allowed.`, name);
}

/** What other servers call the place in a list. */
const PAGING = /^_(?:page|offset|start|skip|getpages)/i;
const FOLLOW = ' Pages have no numbers: follow the link next of each page.';

const strictly = (definition: Definition, name: string): string =>
  `${name} is not a search parameter of this type. ${meantParameter(definition, name)}`.trimEnd();

/**
 * Parses a search.
 *
 * @param entries decoded pairs of name and value, in order; a name may be repeated (AND)
 * @throws OperationError 400 naming the parameter at fault
 */
export function parseSearch(
  definition: Definition,
  entries: readonly [string, string][],
  options: SearchOptions,
): ParsedSearch {
  if (entries.length > MAX_PARAMETERS) throw invalid(`At most ${MAX_PARAMETERS} parameters.`);
  entries.forEach(checkEntry);
  const search: ParsedSearch = {
    ...parseResultParameters(definition, entries),
    clauses: [],
    used: [],
    leftOut: [],
    members: [],
    questions: [],
  };
  for (const [name, value] of entries) {
    const known =
      isResultParameter(name) ||
      isInclude(name) ||
      applyParameter(search, definition, [name, value], options);
    if (known) search.used.push([name, value]);
    else if (options.strict) throw notSupported(strictly(definition, name), name);
    else search.leftOut.push(name);
  }
  return search;
}
