/** Decides whether a value is what a profile fixes, and to which slice it belongs. */
import { choiceIn } from '../choice.ts';
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
  if (Array.isArray(pattern)) return Array.isArray(value) && areAllAmong(value, pattern);
  if (!isObject(pattern)) return value === pattern;
  if (!isObject(value)) return false;
  for (const name in pattern) if (!hasPattern(value[name], pattern[name])) return false;
  return true;
}

function areAllAmong(values: readonly unknown[], patterns: readonly unknown[]): boolean {
  for (const pattern of patterns) if (!isAmong(values, pattern)) return false;
  return true;
}

function isAmong(values: readonly unknown[], pattern: unknown): boolean {
  for (const value of values) if (hasPattern(value, pattern)) return true;
  return false;
}

/** Does the value equal the fixed value exactly? */
export function isFixed(value: unknown, fixed: unknown): boolean {
  return hasPattern(value, fixed) && hasPattern(fixed, value);
}

/** What an object has of an element. */
interface Found {
  /** its name in JSON */
  key: string;
  /** none, if it is absent */
  values: readonly unknown[];
  isList: boolean;
}

const ABSENT: Found = { key: '', values: [], isList: false };

/** This is called often, mostly for elements that are absent. */
export function foundIn(parent: Json, { name, isChoice, extended }: Rules): Found {
  const key = isChoice ? choiceIn(parent, name) : name;
  if (key === undefined) return ABSENT;
  const value = parent[key] ?? parent[isChoice ? `_${key}` : extended];
  if (value === undefined) return ABSENT;
  return Array.isArray(value)
    ? { key, values: value, isList: true }
    : { key, values: [value], isList: false };
}

/** The values of an element in an object; none in what is no object. */
export const valuesIn = (parent: unknown, rules: Rules): readonly unknown[] =>
  isObject(parent) ? foundIn(parent, rules).values : ABSENT.values;

type Answer = 'yes' | 'no' | 'unknown';

const answer = (is: boolean): Answer => (is ? 'yes' : 'no');

/** Does a value meet all that its rules fix, here and below? The answer is unknown if they fix nothing. */
function isAsFixed(value: unknown, rules: Rules): Answer {
  if (rules.fixed !== undefined) return answer(isFixed(value, rules.fixed));
  if (rules.pattern !== undefined) return answer(hasPattern(value, rules.pattern));
  if (rules.binding) {
    const { codes } = rules.binding;
    const is = isIn(codes, value);
    // What a filter would leave out may belong to another slice.
    return is && codes.filtered.size > 0 ? 'unknown' : answer(is);
  }
  return areAsFixed(value, rules.children);
}

/** The answer of all children that fix something. */
function areAsFixed(value: unknown, children: readonly Rules[]): Answer {
  let all: Answer = 'unknown';
  for (const child of children) {
    if (isOneAsFixed(valuesIn(value, child), child)) all = 'yes';
    else if (fixesSomething(child)) return 'no';
  }
  return all;
}

function isOneAsFixed(values: readonly unknown[], rules: Rules): boolean {
  for (const value of values) if (isAsFixed(value, rules) === 'yes') return true;
  return false;
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

function childNamed({ children }: Rules, name: string): Rules | undefined {
  for (const child of children) if (child.name === name) return child;
  return undefined;
}

function follow(value: unknown, rules: Rules, path: string): Answer {
  if (path === '$this') return isAsFixed(value, rules);
  const { step, rest } = firstStep(path);
  const child = childNamed(rules, step);
  if (!child) {
    const isUrlOfProfile = path === 'url' && rules.profile !== undefined;
    return isUrlOfProfile
      ? answer(isObject(value) && value['url'] === versionlessCanonical(rules.profile ?? ''))
      : 'unknown';
  }
  let best: Answer = 'no';
  for (const each of valuesIn(value, child)) {
    const found = rest === undefined ? isAsFixed(each, child) : follow(each, child, rest);
    if (found === 'yes') return 'yes';
    if (found === 'unknown') best = 'unknown';
  }
  return best;
}

/**
 * @param key of the sliced element in JSON
 * @returns whether a value of it belongs to one of its slices; unknown if this cannot be decided
 */
export function belongsToSlice(value: unknown, key: string, sliced: Rules, { rules }: Slice): Answer {
  if (sliced.isChoice) return answer(rules.types?.includes(key.slice(sliced.name.length)) ?? false);
  let all: Answer = sliced.discriminators.length === 0 ? 'unknown' : 'yes';
  for (const { type, path } of sliced.discriminators) {
    const found = type === 'value' || type === 'pattern' ? follow(value, rules, path) : 'unknown';
    if (found === 'no') return 'no';
    if (found === 'unknown') all = 'unknown';
  }
  return all;
}
