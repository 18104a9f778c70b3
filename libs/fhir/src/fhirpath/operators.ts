/** The operators of FHIRPath (http://hl7.org/fhirpath/N1/#operations). */
import { truthOf, distinct, includes, isSame, type PathItems, NOTHING, single, truth } from './item.ts';

type Operator = (left: PathItems, right: PathItems) => PathItems;

const answer = (is: boolean | undefined): PathItems => (is === undefined ? NOTHING : truth(is));

function equals(left: PathItems, right: PathItems): boolean | undefined {
  if (left.length === 0 || right.length === 0) return undefined;
  return left.length === right.length && left.every(({ value }, at) => isSame(value, right[at]?.value));
}

const DATE = /^\d{4}(-\d\d(-\d\d(T.+)?)?)?$/;

/** Dates of different precision are compared as far as both go; undefined when that does not decide. */
function order(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one !== 'string' || typeof other !== 'string') return undefined;
  if (!DATE.test(one) || !DATE.test(other)) return one < other ? -1 : one > other ? 1 : 0;
  if (one.includes('T') && other.includes('T')) return Date.parse(one) - Date.parse(other);
  const length = Math.min(one.length, other.length, 'yyyy-mm-dd'.length);
  const [a, b] = [one.slice(0, length), other.slice(0, length)];
  if (a !== b) return a < b ? -1 : 1;
  return one.length === other.length ? 0 : undefined;
}

const comparison =
  (holds: (difference: number) => boolean): Operator =>
  (left, right) => {
    const difference = order(single(left), single(right));
    return difference === undefined || Number.isNaN(difference) ? NOTHING : truth(holds(difference));
  };

const calculation =
  (result: (a: number, b: number) => number): Operator =>
  (left, right) => {
    const [a, b] = [single(left), single(right)];
    return typeof a === 'number' && typeof b === 'number' ? [{ value: result(a, b) }] : NOTHING;
  };

const sum = calculation((a, b) => a + b);
const text = (items: PathItems): string => {
  const value = single(items);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

function isIn(left: PathItems, right: PathItems): PathItems {
  const [item] = left;
  return item === undefined ? NOTHING : truth(includes(right, item));
}

/** Operators whose right side is always evaluated. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': (left, right) => answer(equals(left, right)),
  '!=': (left, right) => {
    const same = equals(left, right);
    return answer(same === undefined ? undefined : !same);
  },
  '>': comparison((difference) => difference > 0),
  '<': comparison((difference) => difference < 0),
  '>=': comparison((difference) => difference >= 0),
  '<=': comparison((difference) => difference <= 0),
  '|': (left, right) => distinct([...left, ...right]),
  '+': (left, right) =>
    typeof single(left) === 'string' && typeof single(right) === 'string'
      ? [{ value: text(left) + text(right) }]
      : sum(left, right),
  '-': calculation((a, b) => a - b),
  '*': calculation((a, b) => a * b),
  '/': calculation((a, b) => a / b),
  mod: calculation((a, b) => a % b),
  div: calculation((a, b) => Math.trunc(a / b)),
  '&': (left, right) => [{ value: text(left) + text(right) }],
  in: isIn,
  contains: (left, right) => isIn(right, left),
  xor: (left, right) => {
    const [a, b] = [truthOf(left), truthOf(right)];
    return a === undefined || b === undefined ? NOTHING : truth(a !== b);
  },
};

/** Logic with three values (http://hl7.org/fhirpath/N1/#boolean-logic): the right side is evaluated when it counts. */
export const LOGIC: Readonly<
  Record<string, (left: boolean | undefined, right: () => boolean | undefined) => PathItems>
> = {
  and: (left, right) => {
    if (left === false) return truth(false);
    const other = right();
    return other === false ? truth(false) : answer(left && other);
  },
  or: (left, right) => {
    if (left === true) return truth(true);
    const other = right();
    return other === true ? truth(true) : answer(left === undefined ? undefined : other);
  },
  implies: (left, right) => {
    if (left === false) return truth(true);
    const other = right();
    return other === true ? truth(true) : answer(left === undefined ? undefined : other);
  },
};
