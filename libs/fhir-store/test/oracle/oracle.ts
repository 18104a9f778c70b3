/**
 * What a search should find. It is written from http://hl7.org/fhir/R4/search.html and uses no code of the engine.
 */
import type { Resource } from '@patient-access/fhir';
import { compare, type Interval, type OraclePrefix } from './intervals.ts';

/** One value that is asked for, in parts rather than as a text. */
export type SearchedValue =
  | { kind: 'token'; system?: string; code?: string }
  | { kind: 'typed'; system: string; code: string; value: string }
  | { kind: 'date'; prefix: OraclePrefix; span: Interval }
  | { kind: 'reference'; target: string; types: readonly string[] }
  | { kind: 'canonical'; url: string; version?: string }
  | { kind: 'string'; text: string; mode: 'starts' | 'contains' | 'exact' }
  | { kind: 'number'; prefix: OraclePrefix; units: number; half: number; system?: string; code?: string };

export interface OracleQuery {
  type: string;
  parameter: string;
  /** any of these has to match; empty for `missing` */
  wanted: SearchedValue[];
  negated?: boolean;
  missing?: boolean;
  /** a parameter of the resource that this parameter refers to */
  chain?: OracleQuery;
}

type Json = Record<string, unknown>;

const all = (node: unknown, ...path: string[]): unknown[] => {
  if (node === undefined || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((item) => all(item, ...path));
  const [first, ...rest] = path;
  return first === undefined ? [node] : all((node as Json)[first], ...rest);
};

/** The elements that each parameter compares. */
const ELEMENTS: Record<string, (resource: Resource) => unknown[]> = {
  'Observation.status': (r) => all(r, 'status').map((code) => ({ code })),
  'Observation.code': (r) => all(r, 'code', 'coding'),
  'Observation.category': (r) => all(r, 'category', 'coding'),
  'Observation.date': (r) => [
    ...all(r, 'effectiveDateTime'),
    ...all(r, 'effectivePeriod'),
    ...all(r, 'effectiveTiming'),
  ],
  'Observation.value-quantity': (r) => all(r, 'valueQuantity'),
  'Condition.onset-date': (r) => [...all(r, 'onsetDateTime'), ...all(r, 'onsetPeriod')],
  'Condition.encounter': (r) => all(r, 'encounter'),
  'CareTeam.participant': (r) => all(r, 'participant', 'member'),
  'QuestionnaireResponse.questionnaire': (r) => all(r, 'questionnaire'),
  'RiskAssessment.probability': (r) => all(r, 'prediction', 'probabilityDecimal').map((value) => ({ value })),
  'RelatedPerson.name': (r) => [...all(r, 'name', 'family'), ...all(r, 'name', 'given')],
  'RelatedPerson.identifier': (r) => all(r, 'identifier'),
  'Practitioner.name': (r) => [...all(r, 'name', 'family'), ...all(r, 'name', 'given')],
  'Practitioner.identifier': (r) => all(r, 'identifier'),
  'PractitionerRole.practitioner': (r) => all(r, 'practitioner'),
  'PractitionerRole.specialty': (r) => all(r, 'specialty', 'coding'),
};

function valuesOf({ type, parameter }: OracleQuery, resource: Resource): unknown[] {
  if (parameter === '_tag') return all(resource, 'meta', 'tag');
  if (parameter === '_profile') return all(resource, 'meta', 'profile');
  return ELEMENTS[`${type}.${parameter}`]?.(resource) ?? [];
}

/** Parses the dates of the population, which has only a few formats. */
function spanOf(text: string): { low: number; high: number } {
  const [, date = '', rest = ''] = /^([\d-]+)(.*)$/.exec(text.split('T')[0] ?? '') ?? [];
  const [year = 0, month, day] = `${date}${rest}`.split('-').map(Number);
  if (month === undefined) return { low: Date.UTC(year, 0), high: Date.UTC(year + 1, 0) };
  if (day === undefined) return { low: Date.UTC(year, month - 1), high: Date.UTC(year, month) };
  if (!text.includes('T'))
    return { low: Date.UTC(year, month - 1, day), high: Date.UTC(year, month - 1, day + 1) };
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
  const low = Date.parse(zoned);
  return { low, high: low + (text.includes('.') ? 1 : /T\d\d:\d\d:/.test(text) ? 1_000 : 60_000) };
}

function periodOf({ start, end }: Json) {
  return {
    low: start === undefined ? -Infinity : spanOf(String(start)).low,
    high: end === undefined ? Infinity : spanOf(String(end)).high,
  };
}

function timeOf(value: unknown): Interval | undefined {
  if (typeof value === 'string') return { ...spanOf(value), ends: '[)' };
  const { start, end, event, repeat } = value as Json;
  if (start !== undefined || end !== undefined) return { ...periodOf(value as Json), ends: '[)' };
  const bounds = all(repeat, 'boundsPeriod').map((period) => periodOf(period as Json));
  const parts = [...all(event).map((one) => spanOf(String(one))), ...bounds];
  if (parts.length === 0) return undefined;
  const low = Math.min(...parts.map((part) => part.low));
  return { low, high: Math.max(...parts.map((part) => part.high)), ends: '[)' };
}

const COMPARED: Record<string, (units: number) => Interval> = {
  '<': (high) => ({ low: -Infinity, high, ends: '()' }),
  '<=': (high) => ({ low: -Infinity, high, ends: '(]' }),
  '>': (low) => ({ low, high: Infinity, ends: '()' }),
  '>=': (low) => ({ low, high: Infinity, ends: '[)' }),
};

function amountOf({ value, comparator }: Json): Interval {
  const units = Math.round(Number(value) * 10_000);
  return COMPARED[String(comparator)]?.(units) ?? { low: units, high: units, ends: '[]' };
}

function meetsNumber(wanted: Extract<SearchedValue, { kind: 'number' }>, quantity: Json): boolean {
  const { prefix, units, half, system, code } = wanted;
  const point: Interval = { low: units, high: units, ends: '[]' };
  const tenth = Math.abs(units) / 10;
  const isUnit =
    (system === undefined || quantity['system'] === system) &&
    (code === undefined || quantity['code'] === code || (system === undefined && quantity['unit'] === code));
  return (
    isUnit &&
    compare(
      prefix,
      {
        value: point,
        precise: { low: units - half, high: units + half, ends: '[)' },
        around: { low: units - tenth, high: units + tenth, ends: '[]' },
      },
      amountOf(quantity),
    )
  );
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .join(' ');

function meetsString({ text, mode }: Extract<SearchedValue, { kind: 'string' }>, value: string): boolean {
  if (mode === 'exact') return value === text;
  return mode === 'contains' ? plain(value).includes(plain(text)) : plain(value).startsWith(plain(text));
}

function meetsToken({ system, code }: { system?: string; code?: string }, value: Json): boolean {
  const isSystem = system === undefined || (value['system'] ?? '') === system;
  return isSystem && (code === undefined || (value['code'] ?? value['value']) === code);
}

/** @param base of the tenant; absolute references may begin with it */
function refersTo(reference: unknown, target: string, types: readonly string[], base: string): boolean {
  const unversioned = String(reference).replace(/\/_history\/.*/, '');
  const here = unversioned.startsWith(`${base}/`) ? unversioned.slice(base.length + 1) : unversioned;
  return types.length === 0 ? here === target : types.some((type) => here === `${type}/${target}`);
}

function meetsOne(wanted: SearchedValue, value: unknown, base: string): boolean {
  switch (wanted.kind) {
    case 'token':
      return meetsToken(wanted, value as Json);
    case 'typed':
      return (
        (value as Json)['value'] === wanted.value &&
        all(value, 'type', 'coding').some((coding) => meetsToken(wanted, coding as Json))
      );
    case 'date': {
      const [time, { span }] = [timeOf(value), wanted];
      return time !== undefined && compare(wanted.prefix, { value: span, precise: span, around: span }, time);
    }
    case 'reference':
      return refersTo((value as Json)['reference'], wanted.target, wanted.types, base);
    case 'canonical': {
      const [url, version] = String(value).split('|');
      return url === wanted.url && (wanted.version === undefined || version === wanted.version);
    }
    case 'string':
      return meetsString(wanted, String(value));
    case 'number':
      return meetsNumber(wanted, value as Json);
  }
}

/** Can the value be compared at all? */
function isComparable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const { display, identifier, reference, event, repeat } = value as Json;
  if (reference === undefined && identifier === undefined && display !== undefined) return false;
  return event === undefined && repeat === undefined ? true : timeOf(value) !== undefined;
}

/**
 * @param others resources that a chain can reach
 * @param base FHIR base URL of the tenant
 */
export function meets(
  question: OracleQuery,
  resource: Resource,
  others: readonly Resource[],
  base: string,
): boolean {
  const values = valuesOf(question, resource);
  const { chain, wanted, missing, negated = false } = question;
  if (missing !== undefined) return values.some(isComparable) !== missing;
  if (chain)
    return others.some(
      (other) =>
        other.resourceType === chain.type &&
        meets(chain, other, [], base) &&
        values.some((value) =>
          refersTo((value as Json)['reference'], `${other.resourceType}/${other.id}`, [], base),
        ),
    );
  return values.some((value) => wanted.some((one) => meetsOne(one, value, base))) !== negated;
}
