/**
 * Breaks a valid resource in one place, against one rule of a profile. The rules are read from the definition itself,
 * and not with the code that checks them.
 */
import { evalFhirPathTyped, parseFhirPath, toTypedValue } from '@medplum/core';
import { contains, isJsonObject, type JsonObject, type MutantPlace, placesOf, spoil } from './places.ts';

interface Element {
  id: string;
  path: string;
  min?: number;
  max?: string;
  base?: { max: string };
  type?: { code: string; targetProfile?: string[] }[];
  binding?: { strength: string };
  constraint?: { key: string; severity: string; expression?: string }[];
  [other: string]: unknown;
}

export interface ProfileText {
  url: string;
  type: string;
  snapshot: { element: Element[] };
}

export type MutantKind =
  'minimum' | 'maximum' | 'type' | 'fixed' | 'slice' | 'binding' | 'target' | 'invariant';
export type Draw = (below: number) => number;

export interface Mutant {
  kind: MutantKind;
  rule: string;
  resource: JsonObject;
}

const relative = ({ path }: Element) => path.slice(path.indexOf('.') + 1);
const isSliced = ({ id }: Element) => id.includes(':');

function fixedOf(element: Element): unknown {
  const key = Object.keys(element).find((name) => /^(fixed|pattern)[A-Z]/.test(name));
  return key === undefined ? undefined : element[key];
}

/** A change of what is at one place. */
type Change = (place: MutantPlace, element: Element) => void;

const remove: Change = ({ parent, key }) => delete parent[key];

const double: Change = ({ parent, key }) => {
  const items = parent[key] as unknown[];
  parent[key] = [...items, ...items];
};

/** Values of types that any R4 choice might have. */
const OTHER_TYPES: Readonly<Record<string, unknown>> = {
  Boolean: true,
  String: 'x',
  DateTime: '2026-01-01',
  Quantity: { value: 1 },
  CodeableConcept: { text: 'x' },
  Period: { start: '2026-01-01' },
};

const retype: Change = ({ parent, key }, { path, type = [] }) => {
  const name = path.slice(path.lastIndexOf('.') + 1).replace('[x]', '');
  const allowed = type.map(({ code }) => code.toLowerCase());
  const [other = 'Boolean'] = Object.keys(OTHER_TYPES).filter(
    (each) => !allowed.includes(each.toLowerCase()),
  );
  delete parent[key];
  parent[name + other] = OTHER_TYPES[other];
};

const corrupt: Change = ({ parent, key }) => {
  parent[key] = spoil(parent[key]);
};

const redirect: Change = ({ parent, key }) => {
  const to = { reference: 'Slot/mutant' };
  parent[key] = Array.isArray(parent[key]) ? [to] : to;
};

const isRequired = ({ binding }: Element) => binding?.strength === 'required';
const refersTo = ({ type = [] }: Element) =>
  type.find(({ code }) => code === 'Reference')?.targetProfile ?? [];

/** What each kind needs of an element, and how a place is broken. */
const CHANGES: readonly [MutantKind, (element: Element) => boolean, Change][] = [
  ['minimum', ({ min = 0 }) => min > 0, remove],
  ['maximum', ({ max, base }) => max === '1' && base?.max === '*', double],
  ['type', ({ path, type = [] }) => path.endsWith('[x]') && type.length < 6, retype],
  ['fixed', (element) => fixedOf(element) !== undefined, corrupt],
  ['binding', isRequired, corrupt],
  [
    'target',
    (element) => refersTo(element).length > 0 && !refersTo(element).some((url) => url.endsWith('/Resource')),
    redirect,
  ],
];

const pick = <Each>(items: readonly Each[], random: Draw): Each | undefined => items[random(items.length)];

function changed(
  resource: JsonObject,
  element: Element,
  change: Change,
  random: Draw,
): JsonObject | undefined {
  const copy = structuredClone(resource);
  const place = pick(placesOf(copy, relative(element)), random);
  if (!place) return undefined;
  change(place, element);
  return copy;
}

/** Takes out the items of a required slice, found by what the slice fixes. */
function withoutSlice(
  { snapshot }: ProfileText,
  slice: Element,
  resource: JsonObject,
): JsonObject | undefined {
  const fixed = snapshot.element
    .filter(({ id }) => id === slice.id || id.startsWith(`${slice.id}.`))
    .map((element) => ({ below: element.path.slice(slice.path.length + 1), value: fixedOf(element) }))
    .filter(({ value }) => value !== undefined);
  const copy = structuredClone(resource);
  const [place] = placesOf(copy, relative(slice));
  const items = place?.parent[place.key];
  if (!place || !Array.isArray(items) || fixed.length === 0) return undefined;
  const belongs = (item: unknown) =>
    fixed.every(({ below, value }) => {
      if (below === '') return contains(item, value);
      const found = isJsonObject(item) ? placesOf(item, below) : [];
      return found.some(({ parent, key }) => contains(parent[key], value));
    });
  const others = items.filter((item) => !belongs(item));
  if (others.length === items.length) return undefined;
  if (others.length > 0) place.parent[place.key] = others;
  else delete place.parent[place.key];
  return copy;
}

/** @returns what another engine says about the invariant; undefined when it cannot say */
function otherEngine(expression: string, resource: JsonObject): boolean | undefined {
  try {
    const value = toTypedValue(resource);
    const found = evalFhirPathTyped(parseFhirPath(expression), [value], {
      '%resource': value,
      '%rootResource': value,
      '%context': value,
    });
    return found[0]?.value === undefined ? undefined : found[0].value !== false;
  } catch {
    return undefined;
  }
}

const TRIES = 60;

/** Every object in a resource. */
function objectsIn(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return isJsonObject(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}

/** Takes members out of the resource, one at a time, until the other engine says that the invariant is broken. */
function againstInvariant(expression: string, resource: JsonObject, random: Draw): JsonObject | undefined {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const copy = structuredClone(resource);
    const object = tries < TRIES / 2 ? copy : pick(objectsIn(copy), random);
    const names = Object.keys(object ?? {}).filter((name) => name !== 'resourceType');
    const name = pick(names, random);
    if (!object || name === undefined) continue;
    if (random(2) === 0) delete object[name];
    else object[name] = spoil(object[name]);
    if (otherEngine(expression, copy) === false) return copy;
  }
  return undefined;
}

/** Every mutant that this example gives: one for each rule, at a place chosen by seed. */
export function* mutantsOf(definition: ProfileText, resource: JsonObject, random: Draw): Generator<Mutant> {
  for (const element of definition.snapshot.element.slice(1)) {
    const rule = element.id;
    if (isSliced(element)) {
      const isSlice = /:[^.:]+$/.test(rule) && (element.min ?? 0) > 0 && rule.split(':').length === 2;
      const broken = isSlice ? withoutSlice(definition, element, resource) : undefined;
      if (broken) yield { kind: 'slice', rule, resource: broken };
      continue;
    }
    for (const [kind, isMeant, change] of CHANGES) {
      const broken = isMeant(element) ? changed(resource, element, change, random) : undefined;
      if (broken) yield { kind, rule, resource: broken };
    }
  }
  for (const { key, severity, expression } of definition.snapshot.element[0]?.constraint ?? []) {
    const broken =
      severity === 'error' && expression ? againstInvariant(expression, resource, random) : undefined;
    if (broken) yield { kind: 'invariant', rule: key, resource: broken };
  }
}
