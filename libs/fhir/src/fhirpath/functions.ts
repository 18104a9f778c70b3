/** The functions of FHIRPath and of FHIR (http://hl7.org/fhir/R4/fhirpath.html#functions) that invariants call. */
import {
  children,
  truthOf,
  descendants,
  distinct,
  includes,
  isComplex,
  type PathItem,
  type PathItems,
  NOTHING,
  unwrapped,
  single,
  truth,
} from './item.ts';

/** Evaluates an argument with one item, or a collection, as its input. */
export type Argument = (input: PathItems, self: PathItem) => PathItems;

type Call = (input: PathItems, args: readonly Argument[], self: PathItem) => PathItems;

const holds = (criteria: Argument, item: PathItem) => truthOf(criteria([item], item)) === true;

/** A function of one text. */
const ofText =
  (result: (text: string, ...args: unknown[]) => unknown): Call =>
  (input, args, self) => {
    const text = single(input);
    if (typeof text !== 'string') return NOTHING;
    const value = result(text, ...args.map((each) => single(each([self], self))));
    return value === undefined ? NOTHING : [{ value }];
  };

const expressions = new Map<unknown, RegExp>();

/** Expressions come from definitions, and never from a resource. */
function matches(text: string, format: unknown): boolean | undefined {
  if (typeof format !== 'string') return undefined;
  const known = expressions.get(format) ?? new RegExp(format, 'su');
  expressions.set(format, known);
  return known.test(text);
}

function integerIn(items: PathItems): PathItems {
  const value = single(items);
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^[+-]?\d+$/.test(text) ? [{ value: Number(text) }] : NOTHING;
}

function textIn(items: PathItems): PathItems {
  const value = single(items);
  return value === undefined || isComplex(value) ? NOTHING : [{ value: String(value as string) }];
}

function repeated(input: PathItems, next: Argument): PathItems {
  const found: PathItem[] = [];
  let level = input;
  while (level.length > 0) {
    level = level.flatMap((item) => next([item], item)).filter((item) => !includes(found, item));
    found.push(...level);
  }
  return found;
}

const selected: Call = (input, [each], self) => input.flatMap((item) => each?.([item], item) ?? [self]);
const filtered = (input: PathItems, criteria: Argument | undefined) =>
  criteria ? input.filter((item) => holds(criteria, item)) : input;

export const FUNCTIONS: Readonly<Record<string, Call>> = {
  all: (input, [criteria]) => truth(!criteria || input.every((item) => holds(criteria, item))),
  allTrue: (input) => truth(input.every(({ value }) => value === true)),
  children,
  combine: (input, [other], self) => [...input, ...(other?.([self], self) ?? NOTHING)],
  contains: ofText((text, part) => (typeof part === 'string' ? text.includes(part) : undefined)),
  count: (input) => [{ value: input.length }],
  descendants,
  empty: (input) => truth(input.length === 0),
  exists: (input, [criteria]) => truth(filtered(input, criteria).length > 0),
  first: (input) => input.slice(0, 1),
  hasValue: (input) => truth(input.length === 1 && !isComplex(input[0]?.value)),
  // Narratives are cleaned at import, and a text of which nothing is left is dropped.
  htmlChecks: () => truth(true),
  iif: (input, [criteria, yes, no], self) =>
    (truthOf(criteria?.(input, self) ?? NOTHING) ? yes?.(input, self) : no?.(input, self)) ?? NOTHING,
  intersect: (input, [other], self) => {
    const others = other?.([self], self) ?? NOTHING;
    return distinct(input.filter((item) => includes(others, item)));
  },
  isDistinct: (input) => truth(distinct(input).length === input.length),
  length: ofText((text) => text.length),
  matches: ofText(matches),
  not: (input) => {
    const is = truthOf(input);
    return is === undefined ? NOTHING : truth(!is);
  },
  repeat: (input, [next]) => (next ? repeated(input, next) : NOTHING),
  replaceMatches: ofText((text, format, by) => text.replace(new RegExp(String(format), 'gsu'), String(by))),
  select: selected,
  startsWith: ofText((text, part) => (typeof part === 'string' ? text.startsWith(part) : undefined)),
  subsetOf: (input, [other], self) => {
    const others = other?.([self], self) ?? NOTHING;
    return truth(input.every((item) => includes(others, item)));
  },
  substring: ofText((text, start, length) => {
    if (typeof start !== 'number' || start < 0 || start >= text.length) return undefined;
    return typeof length === 'number' ? text.slice(start, start + length) : text.slice(start);
  }),
  tail: (input) => input.slice(1),
  toInteger: integerIn,
  toString: textIn,
  trace: (input) => input,
  where: (input, [criteria]) => filtered(input, criteria),
};

/** Is the item of this type? Only choices and resources know theirs, so others match what their JSON could be. */
export function isOfType({ value, type }: PathItem, wanted: string): boolean {
  const asked = wanted.toLowerCase();
  if (type !== undefined) return type.toLowerCase() === asked;
  const json = typeof unwrapped(value);
  if (json === 'boolean') return asked === 'boolean';
  if (json === 'number') return asked === 'decimal' || asked.endsWith('integer');
  return json === 'string' && !['boolean', 'decimal', 'integer'].includes(asked);
}
