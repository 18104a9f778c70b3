import { dateSpan, periodSpan, type Span } from './dates.ts';
import { type Definition, namesMember, type SearchKind } from './definition.ts';
import { valuesAt } from './path.ts';
import { parseReference, type Resource } from './resource.ts';

/** One searchable value of a resource. */
export interface IndexRow extends Span {
  parameter: string;
  /** token: the system, empty where there is none */
  system: string;
  /** token: the code; reference: `Type/id`; string: folded text; uri: as it is; date: empty */
  value: string;
}

/** Longer values are cut: an index entry may not grow without limit. */
const MAX_VALUE_CHARACTERS = 512;

type Value = Pick<IndexRow, 'system' | 'value' | 'low' | 'high'>;

const text = (value: string, system = ''): Value => ({
  system: system.slice(0, MAX_VALUE_CHARACTERS),
  value: value.slice(0, MAX_VALUE_CHARACTERS),
  low: null,
  high: null,
});

type Element = Record<string, unknown>;

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null;
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Case and accents do not count in a string search (http://hl7.org/fhir/R4/search.html#string). */
export function fold(value: string): string {
  return value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Codings, CodeableConcepts, Identifiers, ContactPoints, codes and booleans (search.html#token). */
function tokens(value: unknown): Value[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [text(String(value))];
  if (!isElement(value)) return [];
  if (Array.isArray(value['coding'])) return value['coding'].flatMap(tokens);
  const code = stringOf(value['code']) ?? stringOf(value['value']);
  return code === undefined ? [] : [text(code, stringOf(value['system']))];
}

function dates(value: unknown): Value[] {
  const span = typeof value === 'string' ? dateSpan(value) : isElement(value) ? periodSpan(value) : undefined;
  return span ? [{ system: '', value: '', ...span }] : [];
}

function references(value: unknown): Value[] {
  const reference = isElement(value) ? stringOf(value['reference']) : stringOf(value);
  if (reference === undefined) return [];
  const target = parseReference(reference);
  return [text(target ? `${target.type}/${target.id}` : reference)];
}

/** Parts of a HumanName or Address that are no text of it; what extends one is not searched either. */
const NOT_TEXT = ['use', 'type', 'period', 'id', 'extension'];

/** A string, or every string inside a HumanName or Address (search.html#string). */
function strings(value: unknown): Value[] {
  if (typeof value === 'string') return [text(fold(value))];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (!isElement(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    NOT_TEXT.includes(key) || key.startsWith('_') ? [] : strings(inner),
  );
}

const uris = (value: unknown): Value[] => (typeof value === 'string' ? [text(value)] : []);

const VALUES: Record<SearchKind, (value: unknown) => Value[]> = {
  token: tokens,
  date: dates,
  reference: references,
  string: strings,
  uri: uris,
};

/**
 * The rows by which a resource can be found, each distinct one once.
 *
 * @param definition of the resource's type; parameters that say whose it is are left out: that is a column
 */
export function indexRows(definition: Definition, resource: Resource): IndexRow[] {
  const rows = Object.entries(definition.search)
    .filter(([, parameter]) => !namesMember(definition, parameter))
    .flatMap(([parameter, { kind, path }]) =>
      valuesAt(resource, path)
        .flatMap(VALUES[kind])
        .map((value): IndexRow => ({ parameter, ...value })),
    );
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
