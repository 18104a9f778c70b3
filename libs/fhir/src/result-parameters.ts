/** Parameters about the result of a search rather than about what is searched for (search.html#return). */
import { type Definition, namesMember, type SearchKind } from './definition.ts';
import { invalid, notSupported } from './outcome.ts';
import type { Subset } from './subset.ts';

/** What a page is ordered by; ties are broken by the id. */
export interface SortKey {
  /** a search parameter of the type, `_lastUpdated` or `_id` */
  parameter: string;
  kind: SearchKind | 'id';
  descending: boolean;
}

export interface ResultParameters {
  /** resources a page, 0 to {@link MAX_COUNT} */
  count: number;
  /** whether the total was asked for */
  total: boolean;
  /** never empty: newest first unless asked otherwise */
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

function sortKind(definition: Definition, parameter: string): SearchKind | 'id' {
  const common = OF_ALL_TYPES.get(parameter);
  if (common !== undefined) return common;
  const own = Object.hasOwn(definition.search, parameter) ? definition.search[parameter] : undefined;
  if (!own || namesMember(definition, own))
    throw notSupported('_sort: only search parameters of this type, _lastUpdated and _id.', '_sort');
  if (own.kind === 'quantity' || own.kind === 'number')
    throw notSupported(`_sort: not by a ${own.kind}.`, '_sort');
  return own.kind;
}

/** @throws OperationError 400 for a key that is no parameter of the type, or comes twice */
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
  if (elements.length > MAX_ELEMENTS || !elements.every((name) => /^[a-zA-Z]\w{0,63}$/.test(name)))
    throw invalid('_elements: names of top-level elements, separated by commas.', '_elements');
  return { elements };
}

type Apply = (control: ResultParameters, value: string, definition: Definition) => void;

function applySummary(control: ResultParameters, value: string): void {
  const summary = oneOf('_summary', value, ['false', 'true', 'text', 'data', 'count']);
  if (summary === 'count') control.count = 0;
  else if (summary !== 'false') control.subset = { summary };
}

/** By name. A Map, so that no name from a client reaches an inherited property. */
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
  // Negotiated earlier.
  ['_format', () => undefined],
]);

/** Parameters with one meaning (security rule D08): each may be given once. */
export const isResultParameter = (name: string): boolean => RESULT_PARAMETERS.has(name);

/**
 * Reads the parameters about the result, out of all of a request's.
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
  if (seen.has('_elements') && control.subset && 'summary' in control.subset)
    throw invalid('_elements and _summary exclude each other.', '_elements');
  // `_summary=count` asks for no resources, whatever `_count` says.
  if (entries.some(([name, value]) => name === '_summary' && value === 'count')) control.count = 0;
  return { ...control, total: control.total || control.count === 0 };
}
