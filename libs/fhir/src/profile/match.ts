/** Decides whether a value is what a profile fixes, and to which slice it belongs. */
import { versionlessCanonical } from './definitions.ts';
import type { Rules, Slice } from './rules.ts';
import { isIn } from './value-sets.ts';

type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Does the value contain everything in the pattern? Lists may have another order and more items
 * (ElementDefinition.pattern).
 */
export function hasPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((each) => value.some((item) => hasPattern(item, each)));
  }
  if (!isObject(pattern)) return value === pattern;
  if (!isObject(value)) return false;
  for (const name in pattern) if (!hasPattern(value[name], pattern[name])) return false;
  return true;
}

/** Does the value equal the fixed value exactly? */
export function isFixed(value: unknown, fixed: unknown): boolean {
  return hasPattern(value, fixed) && hasPattern(fixed, value);
}

export interface FoundValue {
  value: unknown;
  /** its name in JSON, with its index in a list */
  at: string;
}

const NONE: readonly FoundValue[] = [];

/**
 * The name of a choice element in this object. R4 allows only one. A primitive may have extensions and no value, which
 * stand under its name with `_` before it.
 */
function chosen(parent: Json, name: string): string {
  for (const key in parent) {
    const start = key.charCodeAt(0) === UNDERSCORE ? 1 : 0;
    const first = key.charCodeAt(start + name.length);
    const isTyped = first >= CAPITAL_A && first <= CAPITAL_Z && key.startsWith(name, start);
    if (isTyped && parent[key] !== undefined) return key.slice(start);
  }
  return name;
}
const [CAPITAL_A, CAPITAL_Z, UNDERSCORE] = [0x41, 0x5a, 0x5f];

/** The values of an element in an object. This is called often, mostly for elements that are absent. */
export function valuesOf(parent: Json, { name, isChoice }: Rules): readonly FoundValue[] {
  const key = isChoice ? chosen(parent, name) : name;
  const value = parent[key] ?? parent[`_${key}`];
  if (value === undefined) return NONE;
  if (!Array.isArray(value)) return [{ value, at: key }];
  return value.map((item: unknown, index) => ({ value: item, at: `${key}[${index}]` }));
}

type Answer = 'yes' | 'no' | 'unknown';

/** Does a value meet all that its rules fix, here and below? The answer is unknown if they fix nothing. */
function isAsFixed(value: unknown, rules: Rules): Answer {
  const answer = (is: boolean): Answer => (is ? 'yes' : 'no');
  if (rules.fixed !== undefined) return answer(isFixed(value, rules.fixed));
  if (rules.pattern !== undefined) return answer(hasPattern(value, rules.pattern));
  if (rules.binding) {
    const { codes } = rules.binding;
    // What a filter would leave out may belong to another slice.
    return isIn(codes, value) && codes.filtered.size > 0 ? 'unknown' : answer(isIn(codes, value));
  }
  return areAsFixed(value, rules.children);
}

/** The answer of all children that fix something. */
function areAsFixed(value: unknown, children: readonly Rules[]): Answer {
  let answer: Answer = 'unknown';
  for (const child of children) {
    const found = isObject(value) ? valuesOf(value, child) : NONE;
    if (found.some((each) => isAsFixed(each.value, child) === 'yes')) answer = 'yes';
    else if (fixesSomething(child)) return 'no';
  }
  return answer;
}

/** Which rules have been asked whether they, or those below, say what a value is. */
const fixing = new WeakMap<Rules, boolean>();

function fixesSomething(rules: Rules): boolean {
  const { fixed, pattern, binding, children } = rules;
  let does = fixing.get(rules);
  if (does === undefined) {
    does =
      fixed !== undefined || pattern !== undefined || binding !== undefined || children.some(fixesSomething);
    fixing.set(rules, does);
  }
  return does;
}

/** The first step of a discriminator, and the path behind it. */
interface FirstStep {
  step: string;
  rest?: string;
}

/** By path. Paths come from definitions, and never from a resource. */
const firstSteps = new Map<string, FirstStep>();

function firstStep(path: string): FirstStep {
  let known = firstSteps.get(path);
  if (!known) {
    const at = path.indexOf('.');
    known = at < 0 ? { step: path } : { step: path.slice(0, at), rest: path.slice(at + 1) };
    firstSteps.set(path, known);
  }
  return known;
}

function follow(value: unknown, rules: Rules, path: string): Answer {
  if (path === '$this') return isAsFixed(value, rules);
  if (path === 'url' && rules.profile !== undefined && !rules.children.some(({ name }) => name === 'url')) {
    return isObject(value) && value['url'] === versionlessCanonical(rules.profile) ? 'yes' : 'no';
  }
  const { step, rest } = firstStep(path);
  const child = rules.children.find(({ name }) => name === step);
  if (!child) return 'unknown';
  let answer: Answer = 'no';
  for (const each of isObject(value) ? valuesOf(value, child) : NONE) {
    const found = rest === undefined ? isAsFixed(each.value, child) : follow(each.value, child, rest);
    if (found === 'yes') return 'yes';
    if (found === 'unknown') answer = 'unknown';
  }
  return answer;
}

/** @returns whether a value of a sliced element belongs to one of its slices; unknown if this cannot be decided */
export function belongsToSlice(value: unknown, at: string, sliced: Rules, slice: Slice): Answer {
  if (sliced.isChoice) {
    const types = slice.rules.types ?? [];
    return types.some((type) => at === sliced.name + type) ? 'yes' : 'no';
  }
  let answer: Answer = sliced.discriminators.length === 0 ? 'unknown' : 'yes';
  for (const { type, path } of sliced.discriminators) {
    const found = type === 'value' || type === 'pattern' ? follow(value, slice.rules, path) : 'unknown';
    if (found === 'no') return 'no';
    if (found === 'unknown') answer = 'unknown';
  }
  return answer;
}
