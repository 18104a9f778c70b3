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
  return isObject(value) && Object.entries(pattern).every(([name, each]) => hasPattern(value[name], each));
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

function all(answers: Answer[]): Answer {
  if (answers.includes('no')) return 'no';
  return answers.length === 0 || answers.includes('unknown') ? 'unknown' : 'yes';
}

/** Does a value meet all that its rules fix, here and below? The answer is unknown if they fix nothing. */
function isAsFixed(value: unknown, rules: Rules): Answer {
  const answer = (is: boolean): Answer => (is ? 'yes' : 'no');
  if (rules.fixed !== undefined) return answer(isFixed(value, rules.fixed));
  if (rules.pattern !== undefined) return answer(hasPattern(value, rules.pattern));
  if (rules.binding) return answer(isIn(rules.binding.codes, value));
  const below = rules.children
    .map((child): Answer => {
      const found = isObject(value) ? valuesOf(value, child) : [];
      const answers = found.map((each) => isAsFixed(each.value, child));
      if (answers.includes('yes')) return 'yes';
      const asks = fixesSomething(child);
      return asks ? 'no' : 'unknown';
    })
    .filter((each) => each !== 'unknown');
  return all(below);
}

function fixesSomething({ fixed, pattern, binding, children }: Rules): boolean {
  return (
    fixed !== undefined || pattern !== undefined || binding !== undefined || children.some(fixesSomething)
  );
}

function follow(value: unknown, rules: Rules, path: string): Answer {
  if (path === '$this') return isAsFixed(value, rules);
  if (path === 'url' && rules.profile !== undefined && !rules.children.some(({ name }) => name === 'url')) {
    return isObject(value) && value['url'] === versionlessCanonical(rules.profile) ? 'yes' : 'no';
  }
  const [step = '', ...more] = path.split('.');
  const child = rules.children.find(({ name }) => name === step);
  if (!child) return 'unknown';
  const found = isObject(value) ? valuesOf(value, child) : [];
  const answers = found.map((each) =>
    more.length > 0 ? follow(each.value, child, more.join('.')) : isAsFixed(each.value, child),
  );
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

/** @returns whether a value of a sliced element belongs to one of its slices; unknown if this cannot be decided */
export function belongsToSlice(value: unknown, at: string, sliced: Rules, slice: Slice): Answer {
  if (sliced.isChoice) {
    const types = slice.rules.types ?? [];
    return types.some((type) => at === sliced.name + type) ? 'yes' : 'no';
  }
  return all(
    sliced.discriminators.map(({ type, path }) =>
      type === 'value' || type === 'pattern' ? follow(value, slice.rules, path) : 'unknown',
    ),
  );
}
