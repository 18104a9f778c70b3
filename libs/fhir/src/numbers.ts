/** Numbers in search parameters and resources, as texts, because a double loses the precision of a decimal. */

/** The digits are limited, so that no number becomes very long when the database writes it out. */
const NUMBER = /^-?\d{1,30}(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** What a fraction has behind its thirtieth digit. A number of a resource may have it, and no search can tell the difference. */
const BEYOND = /^(-?\d+\.\d{30})\d+/;

/** @returns the number as the index has it */
export const cutNumber = (text: string): string => text.replace(BEYOND, '$1');

/**
 * @returns half a unit of the last digit, e.g. `5e-2` for `5.4`, `5e0` for `1e1`. This is the implicit precision of a
 * number in a search (http://hl7.org/fhir/R4/search.html#number). Undefined if the text is not a number
 */
export function halfUnit(text: string): string | undefined {
  const match = NUMBER.exec(text);
  return match ? `5e${Number(match[2] ?? 0) - (match[1]?.length ?? 0) - 1}` : undefined;
}

/** The range of numbers that a Quantity's comparator leaves, in the notation of Postgres. */
const RANGES: Record<string, (number: string) => string> = {
  '<': (number) => `(,${number})`,
  '<=': (number) => `(,${number}]`,
  '>': (number) => `(${number},)`,
  '>=': (number) => `[${number},)`,
};

/**
 * The range of numbers that a value stands for: the number itself, or all numbers beyond it.
 *
 * @param value a number, or what `parseResource` made of one
 * @returns a literal of type `numrange`; undefined if the value is not a number
 */
export function numberRange(value: unknown, comparator?: unknown): string | undefined {
  const text = cutNumber(JSON.stringify(value) ?? '');
  if (halfUnit(text) === undefined) return undefined;
  const beyond =
    typeof comparator === 'string' && Object.hasOwn(RANGES, comparator) ? RANGES[comparator] : undefined;
  return beyond ? beyond(text) : `[${text},${text}]`;
}
