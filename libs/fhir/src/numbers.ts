/** Numbers of search parameters and of resources, as texts: a double would lose what a decimal says. */

/** Bounded, so that no number becomes very long when the database writes it out. */
const NUMBER = /^-?\d{1,30}(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * @returns half a unit of the last digit that was written, e.g. `5e-2` for `5.4`, `5e0` for `1e1`: the implicit
 * precision of a number in a search (http://hl7.org/fhir/R4/search.html#number); undefined for what is no number
 */
export function halfUnit(text: string): string | undefined {
  const match = NUMBER.exec(text);
  return match ? `5e${Number(match[2] ?? 0) - (match[1]?.length ?? 0) - 1}` : undefined;
}

/** The ranges that a Quantity's comparator leaves, as Postgres writes them. */
const RANGES: Record<string, (number: string) => string> = {
  '<': (number) => `(,${number})`,
  '<=': (number) => `(,${number}]`,
  '>': (number) => `(${number},)`,
  '>=': (number) => `[${number},)`,
};

/**
 * The numbers that a value of a resource stands for: the number itself, or all numbers beyond it.
 *
 * @param value number, or whatever `parseResource` made of one
 * @returns a literal of type `numrange`; undefined for what is no number
 */
export function numberRange(value: unknown, comparator?: unknown): string | undefined {
  const text = JSON.stringify(value) ?? '';
  if (halfUnit(text) === undefined) return undefined;
  const beyond =
    typeof comparator === 'string' && Object.hasOwn(RANGES, comparator) ? RANGES[comparator] : undefined;
  return beyond ? beyond(text) : `[${text},${text}]`;
}
