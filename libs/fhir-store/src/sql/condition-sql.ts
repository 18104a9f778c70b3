/**
 * The SQL condition that a searched value puts on a row `s` of `search_value`. Operators come from the maps in this
 * file and from nowhere else.
 */
import type { Match, Prefix } from '@patient-access/fhir';

/** Adds a value to the statement. @returns its placeholder */
type Add = (value: unknown) => string;
type Bound = () => string;

/**
 * Compares spans of time exactly as http://hl7.org/fhir/R4/search.html#prefix defines it. "Above" and "below" are the
 * times beyond the searched span. A stored span without an end is unlimited in that direction.
 *
 *     eq  the searched span contains the stored one
 *     ne  it does not
 *     gt  what is above the searched span overlaps the stored one
 *     lt  what is below it does
 *     ge  gt or eq: a span that begins before the searched one and ends inside it does not match
 *     le  lt or eq
 *     sa  the whole stored span lies above
 *     eb  the whole stored span lies below
 *     ap  the two overlap; the parser has widened the searched span
 *
 * A bound is added to the statement only where it is used, because Postgres refuses a parameter whose type it cannot
 * infer. Rows of dates have an empty value. The condition says so, and the index can then find them by `low`.
 */
const DATES: Record<Prefix, (low: Bound, high: Bound) => string> = {
  eq: (low, high) => `s.low >= ${low()} AND s.high <= ${high()}`,
  ne: (low, high) => `NOT coalesce(s.low >= ${low()} AND s.high <= ${high()}, false)`,
  gt: (_low, high) => `(s.high > ${high()} OR s.high IS NULL)`,
  ge: (low, high) => `(s.high > ${high()} OR s.high IS NULL OR s.low >= ${low()})`,
  lt: (low) => `(s.low < ${low()} OR s.low IS NULL)`,
  le: (low, high) => `(s.low < ${low()} OR s.low IS NULL OR s.high <= ${high()})`,
  sa: (_low, high) => `s.low >= ${high()}`,
  eb: (low) => `s.high <= ${low()}`,
  ap: (low, high) => `(s.low < ${high()} OR s.low IS NULL) AND (s.high > ${low()} OR s.high IS NULL)`,
};

/**
 * Compares numbers. `eq` and `ne` use the precision with which the searched number is written, and `ap` a tenth of
 * the number. All others compare with the exact number (http://hl7.org/fhir/R4/search.html#number).
 */
const NUMBERS: Record<Prefix, (number: Bound, half: Bound) => string> = {
  eq: (number, half) => `s.number <@ numrange(${number()} - ${half()}, ${number()} + ${half()})`,
  ne: (number, half) => `NOT s.number <@ numrange(${number()} - ${half()}, ${number()} + ${half()})`,
  gt: (number) => `s.number && numrange(${number()}, NULL, '()')`,
  ge: (number) =>
    `(s.number && numrange(${number()}, NULL, '()') OR s.number <@ numrange(${number()}, ${number()}, '[]'))`,
  lt: (number) => `s.number && numrange(NULL, ${number()}, '()')`,
  le: (number) =>
    `(s.number && numrange(NULL, ${number()}, '()') OR s.number <@ numrange(${number()}, ${number()}, '[]'))`,
  sa: (number) => `s.number >> numrange(${number()}, ${number()}, '[]')`,
  eb: (number) => `s.number << numrange(${number()}, ${number()}, '[]')`,
  ap: (number) =>
    `s.number && numrange(${number()} - abs(${number()}) / 10, ${number()} + abs(${number()}) / 10, '[]')`,
};

const TEXTS: Record<Extract<Match, { kind: 'string' }>['mode'], (value: string, add: Add) => string> = {
  equals: (value, add) => `s.value = ${add(value)}`,
  starts: (value, add) => `s.value LIKE ${add(`${escapeLike(value)}%`)}`,
  contains: (value, add) => `s.value LIKE ${add(`%${escapeLike(value)}%`)}`,
};

function escapeLike(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&');
}

/** Compares the system and the code, as far as the search names them. */
function named(value: { system?: string | undefined; code?: string | undefined }, add: Add): string[] {
  const { code, system } = value;
  return [
    ...(code === undefined ? [] : [`s.value = ${add(code)}`]),
    ...(system === undefined ? [] : [`s.system = ${add(system)}`]),
  ];
}

/** @returns a condition on the span of `s`, in parentheses */
export function spanSql({ prefix, low, high }: Extract<Match, { kind: 'date' }>, add: Add): string {
  const bound = (time: string) => () => `${add(time)}::timestamptz`;
  return `(${DATES[prefix](bound(low), bound(high))})`;
}

/** @returns a condition on `s`, in parentheses */
export function conditionSql(match: Match, add: Add): string {
  switch (match.kind) {
    case 'token':
      return `(${named(match, add).join(' AND ')})`;
    case 'date':
      return `(s.value = '' AND ${spanSql(match, add)})`;
    case 'reference': {
      const version = match.version === undefined ? '' : ` AND s.system = ${add(match.version)}`;
      return `(s.value = ANY (${add(match.values)})${version})`;
    }
    case 'string':
      return `(${TEXTS[match.mode](match.value, add)})`;
    case 'number': {
      const bound = (number: string) => () => `${add(number)}::numeric`;
      const compared = NUMBERS[match.prefix](bound(match.number), bound(match.half));
      return `(${[compared, ...named(match, add)].join(' AND ')})`;
    }
    case 'id':
      return `(s.id = ${add(match.value)})`;
  }
}
