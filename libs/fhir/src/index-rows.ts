import { attachedContent, localContent } from './attachments.ts';
import { dateSpan, periodSpan, type TimeSpan, timingSpan } from './dates.ts';
import {
  type Definition,
  namesMember,
  commonParameters,
  type SearchKind,
  type SearchParameter,
} from './definition.ts';
import { numberRange } from './numbers.ts';
import { valuesAt } from './path.ts';
import { parseReference, type Resource } from './resource.ts';

/** One searchable value of a resource. Its span is of the value itself, or of the date with which it is combined. */
export interface IndexRow extends TimeSpan {
  /** with its modifier (`name:exact`) where the modifier compares values of its own */
  parameter: string;
  /** token and quantity: the system; canonical: the version; empty if there is none */
  system: string;
  /** token: the code; reference: `Type/id`; string: folded text; uri: unchanged; quantity: the unit; date: empty */
  value: string;
  /** quantity and number: a range in the notation of Postgres */
  number: string | null;
}

/**
 * Longer values are cut, both here and in searches. An index entry has room for 2,704 bytes, and each character may
 * take three of them.
 */
const MAX_VALUE_CHARACTERS = 512;
const MAX_SYSTEM_CHARACTERS = 200;

export const cutValue = (value: string) => value.slice(0, MAX_VALUE_CHARACTERS);
export const cutSystem = (system: string) => system.slice(0, MAX_SYSTEM_CHARACTERS);

interface Value {
  system: string;
  value: string;
  span: TimeSpan;
  number: string | null;
  modifier: 'exact' | 'identifier' | 'of-type' | undefined;
}

const NO_TIME: TimeSpan = { low: null, high: null };

const text = (value: string, system = '', modifier?: Value['modifier']): Value => ({
  system: cutSystem(system),
  value: cutValue(value),
  span: NO_TIME,
  number: null,
  modifier,
});
const date = (span: TimeSpan): Value => ({ system: '', value: '', span, number: null, modifier: undefined });

type Element = Record<string, unknown>;

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null;
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A string search ignores case, accents and needless spaces (http://hl7.org/fhir/R4/search.html#string). */
export function fold(value: string): string {
  const folded = value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return folded.replace(/\s+/g, ' ').trim();
}

/** Joins the code of an Identifier's type and its value, for the modifier `:of-type`. */
export const typedValue = (code: string, value: string) => JSON.stringify([code, value]);

/** The identifier's value, once with each code of its type. */
function typed(type: unknown, value: string): Value[] {
  const codes = tokens(type).filter(({ value: code }) => code !== '');
  return codes.map(({ system, value: code }) => text(typedValue(code, value), system, 'of-type'));
}

/**
 * Codings, CodeableConcepts, Identifiers, ContactPoints, codes and booleans (search.html#token). The value is empty where
 * there is a system alone, as of an identifier that the plan masks: `system|` finds it.
 */
function tokens(value: unknown): Value[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [text(String(value))];
  if (!isElement(value)) return [];
  if (Array.isArray(value['coding'])) return value['coding'].flatMap(tokens);
  const code = stringOf(value['code']) ?? stringOf(value['value']);
  const system = stringOf(value['system']);
  if (code === undefined) return system === undefined ? [] : [text('', system)];
  const own = text(code, system);
  return isElement(value['type']) ? [own, ...typed(value['type'], code)] : [own];
}

function dates(value: unknown): Value[] {
  const span =
    typeof value === 'string'
      ? dateSpan(value)
      : isElement(value)
        ? (periodSpan(value) ?? timingSpan(value))
        : undefined;
  return span ? [date(span)] : [];
}

/** A canonical URL. Its version is kept apart (http://hl7.org/fhir/R4/references.html#canonical). */
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
    .map(({ value: code, system }) => text(code, system, 'identifier'));
  if (reference === undefined) return logical;
  const target = parseReference(reference);
  return [
    target ? text(`${target.type}/${target.id}`) : canonical(versionlessReference(reference)),
    ...logical,
  ];
}

/** Parts of a HumanName or Address that are not text of it. Extensions are not searched either. */
const NOT_TEXT = ['use', 'type', 'period', 'id', 'extension'];

/** A string, or every string in a HumanName or Address (http://hl7.org/fhir/R4/search.html#string). */
function strings(value: unknown): Value[] {
  if (typeof value === 'string') return [text(fold(value)), text(value, '', 'exact')];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (!isElement(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    NOT_TEXT.includes(key) || key.startsWith('_') ? [] : strings(inner),
  );
}

/** A canonical, or the address of an attachment. All spellings of the same content are one value. */
const uris = (value: unknown, tenant: string): Value[] =>
  typeof value === 'string' ? [canonical(localContent(value, tenant) ?? value)] : [];

/** The element with the URL by which canonicals name the resource itself. */
const OWN_URL = 'url';

/** A canonical has the version behind the URL; the resource that it names has it in an element of its own. */
function withOwnVersion(urls: readonly Value[], { version }: Resource): readonly Value[] {
  const own = stringOf(version);
  return own === undefined ? urls : urls.map((url) => ({ ...url, system: cutSystem(own) }));
}

function numbers(value: unknown): Value[] {
  const number = numberRange(value);
  return number === undefined ? [] : [{ ...text(''), number }];
}

/** A Quantity by its code, and by its unit where that differs (http://hl7.org/fhir/R4/search.html#quantity). */
function quantities(quantity: unknown): Value[] {
  if (!isElement(quantity)) return [];
  const number = numberRange(quantity['value'], quantity['comparator']);
  if (number === undefined) return [];
  const [code, unit] = [stringOf(quantity['code']), stringOf(quantity['unit'])];
  const coded = text(code ?? unit ?? '', code === undefined ? '' : stringOf(quantity['system']));
  const shown = code !== undefined && unit !== undefined && unit !== code ? [text(unit)] : [];
  return [coded, ...shown].map((value) => ({ ...value, number }));
}

const VALUES: Record<SearchKind, (value: unknown, tenant: string) => Value[]> = {
  token: tokens,
  date: dates,
  reference: references,
  string: strings,
  uri: uris,
  number: numbers,
  quantity: quantities,
};

/** The dates with which values are combined: a value has a row for each of them. */
function datesOf(resource: Resource, { search }: Definition, dateParameter: string): readonly TimeSpan[] {
  const path = search[dateParameter]?.path;
  return path ? valuesAt(resource, path).flatMap((value) => dates(value).map(({ span }) => span)) : [];
}

/**
 * The parameter by which content is visible through the resources that point at it. No request can name it, because
 * a colon begins a modifier.
 */
export const ATTACHED = ':attached';

/** The parameters that have rows, by definition. The member is a column, so what names her has none. */
const parametersOf = new WeakMap<Definition, readonly (readonly [string, SearchParameter])[]>();

function indexedParameters(definition: Definition): readonly (readonly [string, SearchParameter])[] {
  let known = parametersOf.get(definition);
  if (!known) {
    const all = Object.entries({ ...commonParameters, ...definition.search });
    known = all.filter(([, parameter]) => !namesMember(definition, parameter));
    parametersOf.set(definition, known);
  }
  return known;
}

/** Rows without duplicates. Only rows of one parameter can be the same. */
class Rows {
  readonly all: IndexRow[] = [];

  /** @param values all values of the parameter */
  add(name: string, values: readonly Value[], spans: readonly TimeSpan[]): void {
    const isAlone = values.length === 1 && spans.length <= 1;
    const known = isAlone ? undefined : new Set<string>();
    for (const value of values) {
      const parameter = value.modifier === undefined ? name : `${name}:${value.modifier}`;
      if (spans.length === 0) this.addOne(parameter, value, value.span, known);
      for (const span of spans) this.addOne(parameter, value, span, known);
    }
  }

  private addOne(
    parameter: string,
    { system, value, number }: Value,
    { low, high }: TimeSpan,
    known: Set<string> | undefined,
  ): void {
    if (known) {
      // Only the system and the value are text from outside, so their lengths make this unambiguous.
      const content = `${parameter} ${low} ${high} ${number} ${system.length} ${system}${value}`;
      if (known.has(content)) return;
      known.add(content);
    }
    this.all.push({ parameter, system, value, low, high, number });
  }
}

const NO_SPANS: readonly TimeSpan[] = [];

/**
 * The rows by which a resource can be found, without duplicates.
 *
 * @param definition of the resource's type; parameters that name the member have no rows, because the member is a
 * column
 */
export function indexRows(definition: Definition, resource: Resource, tenant: string): IndexRow[] {
  const rows = new Rows();
  for (const [name, { kind, path, dateParameter }] of indexedParameters(definition)) {
    const found = valuesAt(resource, path);
    const [first] = found;
    if (first === undefined) continue;
    const valuesOf = VALUES[kind];
    const values =
      found.length === 1 ? valuesOf(first, tenant) : found.flatMap((each) => valuesOf(each, tenant));
    const spans = dateParameter === undefined ? NO_SPANS : datesOf(resource, definition, dateParameter);
    rows.add(name, path === OWN_URL ? withOwnVersion(values, resource) : values, spans);
  }
  const attached = attachedContent(resource, tenant);
  if (attached.length > 0)
    rows.add(
      ATTACHED,
      attached.map((target) => text(target)),
      NO_SPANS,
    );
  return rows.all;
}
