import { dateSpan, periodSpan, type TimeSpan, timingSpan } from './dates.ts';
import { type Definition, namesMember, commonParameters, type SearchKind } from './definition.ts';
import { numberRange } from './numbers.ts';
import { valuesAt } from './path.ts';
import { parseReference, type Resource } from './resource.ts';

/** One searchable value of a resource; its span, where it has one, is of the value or of the date that it goes with. */
export interface IndexRow extends TimeSpan {
  /** with its modifier (`name:exact`) where that looks at something else than the parameter itself */
  parameter: string;
  /** token and quantity: the system, canonical: the version; empty where there is none */
  system: string;
  /** token: the code; reference: `Type/id`; string: folded text; uri: as it is; quantity: the unit; date: empty */
  value: string;
  /** quantity and number: a range, as Postgres writes one */
  number: string | null;
}

/**
 * Longer ones are cut, here and in searches: an index entry has room for 2,704 bytes, of which these may take three for
 * each character.
 */
const MAX_VALUE_CHARACTERS = 512;
const MAX_SYSTEM_CHARACTERS = 200;

export const cutValue = (value: string) => value.slice(0, MAX_VALUE_CHARACTERS);
export const cutSystem = (system: string) => system.slice(0, MAX_SYSTEM_CHARACTERS);

interface Value extends Omit<IndexRow, 'parameter'> {
  modifier?: 'exact' | 'identifier' | 'of-type';
}

const text = (value: string, system = ''): Value => ({
  system: cutSystem(system),
  value: cutValue(value),
  low: null,
  high: null,
  number: null,
});

type Element = Record<string, unknown>;

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null;
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A string search ignores case and accents (http://hl7.org/fhir/R4/search.html#string). */
export function fold(value: string): string {
  return value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** A type's code and an identifier's value as one: what `:of-type` compares. */
export const typedValue = (code: string, value: string) => JSON.stringify([code, value]);

/** `value` by each code that its Identifier's type has. */
function typed(type: unknown, value: string): Value[] {
  return tokens(type).map(({ system, value: code }) => ({
    ...text(typedValue(code, value), system),
    modifier: 'of-type',
  }));
}

/** Codings, CodeableConcepts, Identifiers, ContactPoints, codes and booleans (search.html#token). */
function tokens(value: unknown): Value[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [text(String(value))];
  if (!isElement(value)) return [];
  if (Array.isArray(value['coding'])) return value['coding'].flatMap(tokens);
  const code = stringOf(value['code']) ?? stringOf(value['value']);
  if (code === undefined) return [];
  const types = isElement(value['type']) ? typed(value['type'], code) : [];
  return [text(code, stringOf(value['system'])), ...types];
}

function dates(value: unknown): Value[] {
  const span =
    typeof value === 'string'
      ? dateSpan(value)
      : isElement(value)
        ? (periodSpan(value) ?? timingSpan(value))
        : undefined;
  return span ? [{ ...text(''), ...span }] : [];
}

/** A canonical, its version beside it (http://hl7.org/fhir/R4/references.html#canonical). */
function canonical(url: string): Value {
  const [, address = url, version = ''] = /^([^|]*)\|(.*)$/s.exec(url) ?? [];
  return text(address, version);
}

/** A reference to a version counts as a reference to the resource. */
export const versionlessReference = (reference: string) =>
  reference.replace(/\/_history\/[A-Za-z0-9\-.]{1,64}$/, '');

function references(value: unknown): Value[] {
  const reference = isElement(value) ? stringOf(value['reference']) : stringOf(value);
  const identifier = isElement(value) ? tokens(value['identifier']) : [];
  const logical = identifier
    .filter(({ modifier }) => modifier === undefined)
    .map((token): Value => ({ ...token, modifier: 'identifier' }));
  if (reference === undefined) return logical;
  const target = parseReference(reference);
  return [
    target ? text(`${target.type}/${target.id}`) : canonical(versionlessReference(reference)),
    ...logical,
  ];
}

/** Parts of a HumanName or Address that are no text of it; what extends one is not searched either. */
const NOT_TEXT = ['use', 'type', 'period', 'id', 'extension'];

/** A string, or every string inside a HumanName or Address (search.html#string). */
function strings(value: unknown): Value[] {
  if (typeof value === 'string') return [text(fold(value)), { ...text(value), modifier: 'exact' }];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (!isElement(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    NOT_TEXT.includes(key) || key.startsWith('_') ? [] : strings(inner),
  );
}

const uris = (value: unknown): Value[] => (typeof value === 'string' ? [canonical(value)] : []);

function numbers(value: unknown): Value[] {
  const number = numberRange(value);
  return number === undefined ? [] : [{ ...text(''), number }];
}

/** By its code, and by the unit as people read it where that differs (search.html#quantity). */
function quantities(quantity: unknown): Value[] {
  if (!isElement(quantity)) return [];
  const number = numberRange(quantity['value'], quantity['comparator']);
  if (number === undefined) return [];
  const [code, unit] = [stringOf(quantity['code']), stringOf(quantity['unit'])];
  const coded = text(code ?? unit ?? '', code === undefined ? '' : stringOf(quantity['system']));
  const shown = code !== undefined && unit !== undefined && unit !== code ? [text(unit)] : [];
  return [coded, ...shown].map((value) => ({ ...value, number }));
}

const VALUES: Record<SearchKind, (value: unknown) => Value[]> = {
  token: tokens,
  date: dates,
  reference: references,
  string: strings,
  uri: uris,
  number: numbers,
  quantity: quantities,
};

/** A value, once for each date that it goes with; of a resource without one, without. */
function withDates(
  resource: Resource,
  { search }: Definition,
  dateParameter: string | undefined,
): (value: Value) => Value[] {
  const path = dateParameter && search[dateParameter]?.path;
  const spans = path ? valuesAt(resource, path).flatMap(dates) : [];
  if (spans.length === 0) return (value) => [value];
  return (value) => spans.map(({ low, high }) => ({ ...value, low, high }));
}

/**
 * The rows by which a resource can be found, without duplicates.
 *
 * @param definition of the resource's type; parameters that say whose it is are left out: that is a column
 */
export function indexRows(definition: Definition, resource: Resource): IndexRow[] {
  const rows = Object.entries({ ...commonParameters, ...definition.search })
    .filter(([, parameter]) => !namesMember(definition, parameter))
    .flatMap(([name, { kind, path, dateParameter }]) =>
      valuesAt(resource, path)
        .flatMap(VALUES[kind])
        .flatMap(withDates(resource, definition, dateParameter))
        .map(({ modifier, ...value }): IndexRow => ({
          parameter: modifier ? `${name}:${modifier}` : name,
          ...value,
        })),
    );
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
