/** How a rule of each kind is broken. The rules are those of a definition. */
import { listOf, spoil } from './places.ts';
import { type Draw, pick } from './draw.ts';
import type { CodeLists } from './code-lists.ts';
import { fixedBy, isAsSaid, isChoice, type MutantNode, type MutantPlace } from './snapshot.ts';

export type MutantKind =
  | 'minimum'
  | 'maximum'
  | 'absent'
  | 'type'
  | 'fixed'
  | 'pattern'
  | 'slice'
  | 'closed'
  | 'binding'
  | 'target'
  | 'invariant';

const countOf = (text: string | undefined) => (text === undefined || text === '*' ? Infinity : Number(text));

interface Tools {
  random: Draw;
  codes: CodeLists;
}

/** @returns false when the rule cannot be broken there */
type Change = (place: MutantPlace, node: MutantNode, tools: Tools) => boolean;

/** Replaces one value, or one of a list. */
function replaceOne({ parent, key, ats }: MutantPlace, { random }: Tools, by: (value: unknown) => unknown) {
  const values = parent[key];
  if (!Array.isArray(values)) parent[key] = by(values);
  else {
    const at = pick(ats ?? [...values.keys()], random) ?? 0;
    values[at] = by(values[at]);
  }
}

/** Leaves one less than there has to be. */
const remove: Change = ({ parent, key, ats }, { element }) => {
  const values = listOf(parent[key]);
  const own = ats ?? [...values.keys()];
  const gone = new Set(own.slice((element.min ?? 0) - 1));
  const rest = values.filter((_, at) => !gone.has(at));
  if (rest.length > 0) parent[key] = rest;
  else delete parent[key];
  delete parent[`_${key}`];
  return true;
};

const multiply: Change = ({ parent, key, ats }, { element }) => {
  const values = parent[key];
  if (!Array.isArray(values)) return false;
  const first = values[ats?.[0] ?? 0] as unknown;
  for (let count = (ats ?? values).length; count <= countOf(element.max); count += 1)
    values.push(structuredClone(first));
  return true;
};

const BEYOND_ANY_GUIDE = { extension: [{ url: 'urn:mutant', valueString: 'x' }] };

/** A value of each type that an element may have. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  boolean: true,
  date: '2026-01-01',
  dateTime: '2026-01-01',
  instant: '2026-01-01T00:00:00Z',
  decimal: 1,
  integer: 1,
  positiveInt: 1,
  unsignedInt: 1,
  uri: 'urn:x',
  url: 'urn:x',
  canonical: 'urn:x',
  Address: { text: 'x' },
  Annotation: { text: 'x' },
  Attachment: { title: 'x' },
  CodeableConcept: { text: 'x' },
  Coding: { code: 'x' },
  ContactPoint: { value: 'x' },
  HumanName: { text: 'x' },
  Identifier: { value: 'x' },
  Money: { value: 1 },
  Period: { start: '2026-01-01' },
  Quantity: { value: 1 },
  Reference: { display: 'x' },
  Extension: { url: 'urn:x', valueString: 'x' },
  BackboneElement: BEYOND_ANY_GUIDE,
  Element: BEYOND_ANY_GUIDE,
};

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @param key an object that may not have the element */
const add: Change = ({ parent, key }, { element }) => {
  const [type = { code: 'string' }] = element.type ?? [];
  const sample = SAMPLES[type.code] ?? 'x';
  const name = key.endsWith('[x]') ? key.replace('[x]', capital(type.code)) : key;
  parent[name] = element.base?.max === '*' ? [structuredClone(sample)] : structuredClone(sample);
  return true;
};

/** Types that a choice of R4 might have. */
const OTHER_TYPES = ['boolean', 'string', 'dateTime', 'Quantity', 'CodeableConcept', 'Period', 'Reference'];

const retype: Change = ({ parent, key }, { name, element }, { random }) => {
  const allowed = (element.type ?? []).map(({ code }) => code);
  const other = pick(
    OTHER_TYPES.filter((each) => !allowed.includes(each)),
    random,
  );
  if (other === undefined) return false;
  delete parent[key];
  delete parent[`_${key}`];
  parent[name.replace('[x]', capital(other))] = structuredClone(SAMPLES[other] ?? 'x');
  return true;
};

const corrupt: Change = (place, { element }, tools) => {
  const fixed = fixedBy(element);
  let isBroken = false;
  replaceOne(place, tools, (value) => {
    const other = spoil(value);
    isBroken = fixed !== undefined && !isAsSaid(other, fixed);
    return other;
  });
  return isBroken;
};

/** Where the codes of a system are listed, half of the mutants have a wrong code of the right system. */
const miscode: Change = (place, { element }, tools) => {
  const valueSet = element.binding?.valueSet ?? '';
  let isBroken = false;
  replaceOne(place, tools, (value) => {
    const isListed = tools.codes.has(valueSet, value) === true;
    const other = spoil(value, isListed && tools.random(2) === 0);
    isBroken = JSON.stringify(other) !== JSON.stringify(value);
    return other;
  });
  return isBroken;
};

const redirect: Change = (place, _, tools) => {
  replaceOne(place, tools, () => ({ reference: 'Slot/mutant' }));
  return true;
};

/** An item like another, in which every code is unknown. */
const addForeign: Change = ({ parent, key }) => {
  const values = parent[key];
  if (!Array.isArray(values)) return false;
  values.push(spoil(structuredClone(values[0])));
  return true;
};

const isBelow = (max: string | undefined, base: string | undefined) => countOf(max) < countOf(base);
const isSlice = ({ sliced }: MutantNode) => sliced !== undefined;
const isRequired = ({ element: { min = 0 } }: MutantNode) => min > 0;
const targetsOf = ({ element: { type = [] } }: MutantNode) =>
  type.find(({ code }) => code === 'Reference')?.targetProfile ?? [];

interface Breach {
  kind: MutantKind;
  /** Has the element such a rule? */
  isRule: (node: MutantNode) => boolean;
  change: Change;
  /** where it changes objects that do not have the element */
  isAdding?: true;
  /** how many values a slice has is what is wrong, so afterwards it has others */
  isCount?: true;
}

export const BREACHES: readonly Breach[] = [
  { kind: 'minimum', isRule: (node) => isRequired(node) && !isSlice(node), change: remove },
  { kind: 'slice', isRule: (node) => isRequired(node) && isSlice(node), change: remove, isCount: true },
  {
    kind: 'maximum',
    isRule: ({ element: { max, base } }) => max !== '0' && isBelow(max, base?.max),
    change: multiply,
    isCount: true,
  },
  {
    kind: 'absent',
    isRule: (node) => node.element.max === '0' && !isSlice(node),
    change: add,
    isAdding: true,
  },
  {
    kind: 'type',
    isRule: (node) => isChoice(node) && !isSlice(node) && (node.element.type?.length ?? 0) < 6,
    change: retype,
  },
  { kind: 'fixed', isRule: ({ element }) => fixedBy(element)?.kind === 'fixed', change: corrupt },
  { kind: 'pattern', isRule: ({ element }) => fixedBy(element)?.kind === 'pattern', change: corrupt },
  {
    kind: 'closed',
    isRule: (node) => node.element.slicing?.rules === 'closed' && !isChoice(node),
    change: addForeign,
  },
  { kind: 'binding', isRule: ({ element }) => element.binding?.strength === 'required', change: miscode },
  {
    kind: 'target',
    isRule: (node) => targetsOf(node).length > 0 && !targetsOf(node).some((url) => url.endsWith('/Resource')),
    change: redirect,
  },
];
