/** Finds out whether resources have what a profile asks a server to support. */
import { insteadOf } from './alternatives.ts';
import type { Condition, Need, ProfileNeeds } from './guide-list.ts';

export interface Json {
  [name: string]: unknown;
}

/** A resource as it was served. */
export interface Served extends Json {
  resourceType: string;
  id: string;
}

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Does the value contain everything in the pattern (ElementDefinition.pattern)? */
function contains(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern))
    return pattern.every((each) => list(value).some((item) => contains(item, each)));
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.entries(pattern).every(([name, each]) => contains(value[name], each));
}

/** The values of a code, Coding or CodeableConcept as `system|code`. */
function tokensOf(value: unknown): string[] {
  if (!isObject(value)) return [`|${String(value)}`];
  const codings = 'coding' in value ? list(value['coding']) : [value];
  return codings.filter(isObject).map(({ system = '', code = '' }) => `${String(system)}|${String(code)}`);
}

/** Has a code, Coding or CodeableConcept one of the codes, each `system|code`, or `system|` for any of the system? */
export function isCoded(value: unknown, codes: readonly string[]): boolean {
  return tokensOf(value).some((token) =>
    codes.some((code) => (code.endsWith('|') ? token.startsWith(code) : token === code)),
  );
}

/** The values at a path without slices. */
export function elementValues(value: unknown, path: string): unknown[] {
  if (path === '') return [value];
  const [name = '', ...rest] = path.split('.');
  return list(fieldOf(value, name))
    .flat()
    .flatMap((each) => elementValues(each, rest.join('.')));
}

/** The value of an element; of a choice whose type is not said the one that is there. */
function fieldOf(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  if (!name.endsWith('[x]')) return value[name];
  const stem = name.slice(0, -'[x]'.length);
  return Object.entries(value).find(
    ([key]) => key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)),
  )?.[1];
}

function meets(value: unknown, { path, pattern, codes }: Condition): boolean {
  return elementValues(value, path).some((found) =>
    codes ? isCoded(found, codes) : contains(found, pattern),
  );
}

/** Is there a value, and not only the reason why there is none? */
function hasData(value: unknown): boolean {
  if (!isObject(value)) return value !== undefined && value !== null && value !== '';
  const isAbsent = list(value['extension']).some((each) => isObject(each) && each['url'] === ABSENT);
  const isExtension = typeof value['url'] === 'string';
  const { extension: _extension, id: _id, ...data } = value;
  return !isAbsent && (isExtension || Object.keys(data).length > 0);
}

/** The values of an element by its ElementDefinition.id, with the slices in it. */
function valuesOf(resource: Served, { slices }: ProfileNeeds, { id, type }: Need): unknown[] {
  const segments = id.split('.');
  let values: unknown[] = [resource];
  segments.forEach((segment, index) => {
    const [name = '', slice] = segment.split(':');
    const isLast = index === segments.length - 1;
    const field = name.endsWith('[x]')
      ? (slice ?? (isLast && type ? name.replace('[x]', type) : name))
      : name;
    // What a primitive has beside its value is under its name with `_` before it.
    const isBeside = segments[index + 1]?.startsWith('extension') ?? false;
    values = values.flatMap((value) => [
      ...list(fieldOf(value, field)).flat(),
      ...(isBeside ? list(fieldOf(value, `_${field}`)).flat() : []),
    ]);
    const conditions = slice === undefined ? undefined : slices[segments.slice(0, index + 1).join('.')];
    if (conditions) values = values.filter((value) => conditions.every((each) => meets(value, each)));
  });
  return values;
}

export const profilesOf = ({ meta }: Served): string[] =>
  ((meta as { profile?: string[] } | undefined)?.profile ?? []).map((each) => each.split('|')[0] ?? each);

export const resourceName = ({ resourceType, id }: Served): string => `${resourceType}/${id}`;

/** The resources that count for a profile: those that name it, or one that is derived from it. */
export function resourcesFor({ url, derived }: ProfileNeeds, all: readonly Served[]): Served[] {
  const accepted = new Set([url, ...derived]);
  return all.filter((resource) => profilesOf(resource).some((each) => accepted.has(each)));
}

function refersTo(value: unknown, target: string, byName: ReadonlyMap<string, Served>): boolean {
  const found = isObject(value) ? byName.get(String(value['reference'])) : undefined;
  return found !== undefined && (found.resourceType === target || profilesOf(found).includes(target));
}

/** What a need is called in a report: the id with the type or target that is asked for. */
export const described = ({ id, type, target }: Need): string =>
  `${type ? id.replace('[x]', capital(type)) : id}${target ? ` → ${target.split('/').at(-1)}` : ''}`;

/** @returns the needs of a profile that none of the resources has */
export function unsupported(
  profile: ProfileNeeds,
  resources: readonly Served[],
  all: readonly Served[],
): Need[] {
  const byName = new Map(all.map((each) => [resourceName(each), each]));
  const isThere = (need: Need) =>
    resources
      .flatMap((resource) => valuesOf(resource, profile, need))
      .some((value) => (need.target ? refersTo(value, need.target, byName) : hasData(value)));
  return profile.needs.filter((need) => {
    if (isThere(need)) return false;
    const instead = insteadOf(profile, need);
    return instead === undefined || (instead !== '' && !isThere({ id: instead }));
  });
}
