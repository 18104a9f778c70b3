/** The searches of a guide, each with values from the data that was served. */
import type { Expectation, Parameter, TypeSearches } from './guide-list.ts';
import { resourceName, type Json, type Served, elementValues } from './supported.ts';

const DAY_MS = 86_400_000;
const TYPE_OF_ANY_REFERENCE = '*';

/** One search, and what its answer has to hold. */
export interface GuideQuestion {
  /** `Type?parameter=…`, as in the report: without values */
  name: string;
  type: string;
  query: URLSearchParams;
  level: Expectation;
  /** a match, or with an include the resource that comes with it */
  expected: string;
  mode: 'match' | 'include';
}

/** A search for which the data has no value. */
export interface Unanswerable {
  name: string;
  level: Expectation;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Paths of parameters whose expressions are more than elements. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  'Condition asserted-date': ['extension.valueDateTime'],
  // Without a subscriber, `subscriber` would be looked for as a choice and found in `subscriberId`.
  'Coverage subscriber': ['subscriber.reference'],
};

/** The values of a parameter in a resource, as they stand in a query. */
function searchValues(resource: Served, { name, paths, type }: Parameter): string[] {
  const found = (PATHS[`${resource.resourceType} ${name}`] ?? paths).flatMap((path) => {
    const values = elementValues(resource, path);
    return values.length > 0 ? values : elementValues(resource, `${path}[x]`);
  });
  return found.flatMap((value) => asText(value, type)).filter((text) => text !== '');
}

function asText(value: unknown, type: string): string[] {
  if (!isObject(value)) return value === undefined ? [] : [String(value)];
  const text = (name: string) => (typeof value[name] === 'string' ? [value[name]] : []);
  switch (type) {
    case 'reference':
      return text('reference');
    case 'date':
      // A period is equal to a date only when it is all in it.
      return [...text('start').map((start) => `ge${start}`), ...text('end').map((end) => `le${end}`)].slice(
        0,
        1,
      );
    case 'string':
      return [...text('family'), ...text('city'), ...text('text')].slice(0, 1);
    default:
      return 'coding' in value
        ? (value['coding'] as Json[]).flatMap(({ code }) => (typeof code === 'string' ? [code] : []))
        : [...text('code'), ...text('value')].slice(0, 1);
  }
}

/** The token of an app is for one member, whose Patient stands for every reference to a patient. */
export class Questioner {
  private readonly resources: readonly Served[];
  private readonly byName: ReadonlyMap<string, Served>;
  private readonly patientId: string;

  constructor(resources: readonly Served[], patientId: string) {
    this.resources = resources;
    this.byName = new Map(resources.map((each) => [resourceName(each), each]));
    this.patientId = patientId;
  }

  /** All that is asked of a type: searches, their comparators and lists, and what comes with them. */
  *of(asked: TypeSearches): Generator<GuideQuestion | Unanswerable> {
    for (const { names, level } of asked.searches) yield* this.search(asked, names, level);
    for (const { value, level } of asked.includes) yield* this.include(asked, value, level);
    for (const { value, level } of asked.revincludes) yield* this.revinclude(asked, value, level);
  }

  private ofType(type: string): Served[] {
    return this.resources.filter(({ resourceType }) => resourceType === type);
  }

  private *search(
    asked: TypeSearches,
    names: string[],
    level: Expectation,
  ): Generator<GuideQuestion | Unanswerable> {
    const { type } = asked;
    const name = `${type}?${names.join('&')}`;
    const parameters = names.flatMap((each) => asked.parameters.filter((known) => known.name === each));
    const source = this.ofType(type).find((resource) =>
      parameters.every((parameter) => this.valuesOf(resource, parameter).length > 0),
    );
    if (!source || parameters.length < names.length) return yield { name, level };
    const values = parameters.map((parameter) => [parameter, this.valuesOf(source, parameter)] as const);
    const query = new URLSearchParams(
      values.map(([{ name: key }, [value = '']]): [string, string] => [key, value]),
    );
    const expected = resourceName(source);
    const question = { name, type, query, level, expected, mode: 'match' as const };
    yield question;
    for (const [parameter, [value = '']] of values) {
      for (const comparator of parameter.comparators) {
        const moved = withParameter(query, parameter.name, comparator + shifted(comparator, value));
        yield { ...question, name: `${name} (${parameter.name} ${comparator})`, query: moved };
      }
      if (parameter.multipleOr) {
        const listed = withParameter(query, parameter.name, `${value},no-such-value`);
        yield { ...question, name: `${name} (${parameter.name} or)`, query: listed };
      }
    }
    return undefined;
  }

  private valuesOf(resource: Served, parameter: Parameter): string[] {
    return parameter.name === 'patient' ? [this.patientId] : searchValues(resource, parameter);
  }

  private *include(
    { type }: TypeSearches,
    value: string,
    level: Expectation,
  ): Generator<GuideQuestion | Unanswerable> {
    const name = `${type}?_include=${value}`;
    const [, parameter = '', targetType = ''] = value.split(':');
    const found = this.ofType(type)
      .flatMap((source) => this.targetsOf(source, type, parameter).map((target) => [source, target] as const))
      .find(([, target]) => target.startsWith(`${targetType && `${targetType}/`}`));
    if (!found) return yield { name, level };
    const query = new URLSearchParams({ _id: found[0].id, _include: value });
    yield { name, type, query, level, expected: found[1], mode: 'include' };
    return undefined;
  }

  /** Names of the resources, known here, to which a resource refers in the parameter. */
  private targetsOf(source: Served, type: string, parameter: string): string[] {
    const paths = INCLUDED[`${type}:${parameter}`] ?? [parameter];
    const values =
      parameter === TYPE_OF_ANY_REFERENCE
        ? [source['insurer']]
        : paths.flatMap((path) => elementValues(source, path));
    return values
      .map((value) => (isObject(value) ? String(value['reference']) : ''))
      .filter((target) => this.byName.has(target));
  }

  private *revinclude(
    { type }: TypeSearches,
    value: string,
    level: Expectation,
  ): Generator<GuideQuestion | Unanswerable> {
    const name = `${type}?_revinclude=${value}`;
    const [from = '', path = ''] = value.split(':');
    const pointers = this.ofType(from).flatMap((pointer) =>
      elementValues(pointer, path).flatMap((each) => {
        const target = isObject(each) ? this.byName.get(String(each['reference'])) : undefined;
        return target?.resourceType === type ? [[target, pointer] as const] : [];
      }),
    );
    const [found] = pointers;
    if (!found) return yield { name, level };
    const query = new URLSearchParams({ _id: found[0].id, _revinclude: value });
    yield { name, type, query, level, expected: resourceName(found[1]), mode: 'include' };
    return undefined;
  }
}

/** Where the parameters of includes are, if not in the element of the same name. */
const INCLUDED: Record<string, readonly string[]> = {
  'ExplanationOfBenefit:care-team': ['careTeam.provider'],
  'ExplanationOfBenefit:coverage': ['insurance.coverage'],
  'ExplanationOfBenefit:payee': ['payee.party'],
  'MedicationRequest:medication': ['medicationReference'],
  'MedicationDispense:medication': ['medicationReference'],
  'CareTeam:participant': ['participant.member'],
};

function withParameter(query: URLSearchParams, name: string, value: string): URLSearchParams {
  const changed = new URLSearchParams(query);
  changed.set(name, value);
  return changed;
}

/** A day on the side of the date on which the comparator still finds it. */
function shifted(comparator: string, date: string): string {
  const sign = comparator.startsWith('g') ? -1 : 1;
  return new Date(new Date(date.replace(/^[gl]e/, '')).getTime() + sign * DAY_MS)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
