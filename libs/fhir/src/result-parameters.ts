/**
 * Parameters that describe the result of a search and not what to search for
 * (http://hl7.org/fhir/R4/search.html#return).
 */
import { type Definition, namesMember, type SearchKind } from './definition.ts';
import { invalid, notSupported } from './outcome.ts';
import type { Subset } from './subset.ts';

/** A key by which a page is ordered. Resources with equal keys are ordered by id. */
export interface SortKey {
  /** a search parameter of the type, `_lastUpdated` or `_id` */
  parameter: string;
  kind: SearchKind | 'id';
  descending: boolean;
}

export interface ResultParameters {
  /** resources on a page, 0 to {@link MAX_COUNT} */
  count: number;
  /** did the client ask for the total? */
  total: boolean;
  /** never empty; newest first unless the client asks otherwise */
  sort: readonly SortKey[];
  /** undefined: whole resources */
  subset?: Subset;
}

export const DEFAULT_COUNT = 50;
export const MAX_COUNT = 100;
const MAX_SORT_KEYS = 4;
const MAX_ELEMENTS = 50;

const NEWEST_FIRST: SortKey = { parameter: '_lastUpdated', kind: 'date', descending: true };
const OF_ALL_TYPES: ReadonlyMap<string, SearchKind | 'id'> = new Map<string, SearchKind | 'id'>([
  ['_lastUpdated', 'date'],
  ['_id', 'id'],
]);

const defaultParameters = (): ResultParameters => ({
  count: DEFAULT_COUNT,
  total: false,
  sort: [NEWEST_FIRST],
});

function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw invalid('_count: a whole number, 0 or more.', '_count');
  return Math.min(Number(value), MAX_COUNT);
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw notSupported(`${name}: only ${allowed.join(', ')}.`, name);
  return found;
}

/** A name that a client sent is repeated up to this length. */
const MAX_NAME_CHARACTERS = 64;

function sortKind(definition: Definition, parameter: string): SearchKind | 'id' {
  const common = OF_ALL_TYPES.get(parameter);
  if (common !== undefined) return common;
  const own = Object.hasOwn(definition.search, parameter) ? definition.search[parameter] : undefined;
  if (!own || namesMember(definition, own))
    throw notSupported(
      `_sort: not by ${parameter.slice(0, MAX_NAME_CHARACTERS) || 'an empty key'}. It takes _lastUpdated, _id, and the search parameters of this type that do not name the member.`,
      '_sort',
    );
  if (own.kind === 'quantity' || own.kind === 'number')
    throw notSupported(`_sort: not by a ${own.kind}.`, '_sort');
  return own.kind;
}

/** @throws OperationError 400 for a key that is not a parameter of the type, or is named twice */
function parseSort(definition: Definition, value: string): SortKey[] {
  const keys = value.split(',').map((text): SortKey => {
    const parameter = text.replace(/^-/, '');
    return { parameter, kind: sortKind(definition, parameter), descending: text.startsWith('-') };
  });
  const distinct = new Set(keys.map(({ parameter }) => parameter)).size === keys.length;
  if (!distinct || keys.length > MAX_SORT_KEYS)
    throw invalid(`_sort: at most ${MAX_SORT_KEYS} keys, each once.`, '_sort');
  return keys;
}

function parseElements(value: string): Subset {
  const elements = value.split(',');
  if (elements.length > MAX_ELEMENTS || !elements.every((name) => /^[a-zA-Z]\w{0,63}(?:\[x\])?$/.test(name)))
    throw invalid(
      `_elements: at most ${MAX_ELEMENTS} names of top-level elements, separated by commas.`,
      '_elements',
    );
  return { elements };
}

type Apply = (control: ResultParameters, value: string, definition: Definition) => void;

/** Values of `_summary` that ask for no part of a resource. */
const WHOLE = 'false';
const NUMBER = 'count';

function applySummary(control: ResultParameters, value: string): void {
  const summary = oneOf('_summary', value, [WHOLE, 'true', 'text', 'data', NUMBER]);
  if (summary !== WHOLE && summary !== NUMBER) control.subset = { summary };
}

/** By name. It is a Map, so a name from a client cannot reach an inherited property. */
const RESULT_PARAMETERS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['_count', (control, value) => void (control.count = parseCount(value))],
  [
    '_total',
    (control, value) => {
      control.total = oneOf('_total', value, ['none', 'accurate', 'estimate']) !== 'none';
    },
  ],
  ['_summary', applySummary],
  ['_elements', (control, value) => void (control.subset = parseElements(value))],
  ['_sort', (control, value, definition) => void (control.sort = parseSort(definition, value))],
  // The format was negotiated before.
  ['_format', () => undefined],
]);

/** Is this a parameter about the result? Each of these may be given once (security rule D08). */
export const isResultParameter = (name: string): boolean => RESULT_PARAMETERS.has(name);

/**
 * Parses the parameters about the result among all parameters of a request.
 *
 * @throws OperationError 400 naming the parameter at fault
 */
export function parseResultParameters(
  definition: Definition,
  entries: readonly (readonly [name: string, value: string])[],
): ResultParameters {
  const control = defaultParameters();
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const apply = RESULT_PARAMETERS.get(name);
    if (!apply) continue;
    if (seen.has(name)) throw invalid(`${name} may be given once.`, name);
    seen.add(name);
    apply(control, value, definition);
  }
  const summary = entries.find(([name]) => name === '_summary')?.[1] ?? WHOLE;
  // In whichever order they stand: the later one would win.
  if (seen.has('_elements') && summary !== WHOLE && summary !== NUMBER)
    throw invalid('_elements and _summary exclude each other.', '_elements');
  // It asks for no resources, whatever `_count` says.
  if (summary === NUMBER) control.count = 0;
  return { ...control, total: control.total || control.count === 0 };
}
