/** Ranges as http://hl7.org/fhir/R4/search.html#prefix describes them, in the simplest possible code. */
export interface Interval {
  low: number;
  high: number;
  /** which of its ends belong to the range */
  ends: '[]' | '[)' | '(]' | '()';
}

/** An end at infinity never belongs to the range. */
const hasLow = ({ low, ends }: Interval) => low > -Infinity && ends.startsWith('[');
const hasHigh = ({ high, ends }: Interval) => high < Infinity && ends.endsWith(']');

function intersects(a: Interval, b: Interval): boolean {
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)];
  if (low !== high) return low < high;
  const has = (one: Interval) => (one.low < low || hasLow(one)) && (one.high > high || hasHigh(one));
  return has(a) && has(b);
}

function contains(outer: Interval, inner: Interval): boolean {
  const low = outer.low < inner.low || (outer.low === inner.low && (hasLow(outer) || !hasLow(inner)));
  const high = outer.high > inner.high || (outer.high === inner.high && (hasHigh(outer) || !hasHigh(inner)));
  return low && high;
}

export type OraclePrefix = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'sa' | 'eb' | 'ap';

function isEqualOrBeyond(prefix: OraclePrefix, value: Interval, around: Interval, target: Interval): boolean {
  const above: Interval = { low: value.high, high: Infinity, ends: hasHigh(value) ? '()' : '[)' };
  const below: Interval = { low: -Infinity, high: value.low, ends: hasLow(value) ? '()' : '(]' };
  switch (prefix) {
    case 'gt':
      return intersects(above, target);
    case 'lt':
      return intersects(below, target);
    case 'ge':
      return intersects(above, target) || contains(value, target);
    case 'le':
      return intersects(below, target) || contains(value, target);
    case 'sa':
      return !intersects(value, target) && contains(above, target);
    case 'eb':
      return !intersects(value, target) && contains(below, target);
    case 'eq':
    case 'ne':
    case 'ap':
      return intersects(around, target);
  }
}

/**
 * @param value the searched value; for a number, without its precision
 * @param precise the same with its precision, which `eq` and `ne` use
 * @param around the values that are approximately the same
 */
export function compare(
  prefix: OraclePrefix,
  { value, precise, around }: Record<'value' | 'precise' | 'around', Interval>,
  target: Interval,
): boolean {
  if (prefix === 'eq') return contains(precise, target);
  if (prefix === 'ne') return !contains(precise, target);
  return isEqualOrBeyond(prefix, value, around, target);
}
