/** The formats of R4's primitive types in JSON (http://hl7.org/fhir/R4/datatypes.html#primitive). */

/** V8 has `JSON.isRawJSON`, but TypeScript's library does not declare it yet. */
const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): value is { rawJSON: string } };

type Test = (value: unknown) => boolean;

const MAX_STRING_CHARACTERS = 1024 * 1024;
const MAX_INTEGER = 2 ** 31 - 1;
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Every expression here takes linear time, because no text can be matched in two ways. */
const matches =
  (format: RegExp): Test =>
  (value) =>
    typeof value === 'string' && format.test(value);

const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

const isText: Test = (value) =>
  typeof value === 'string' &&
  value !== '' &&
  value.length <= MAX_STRING_CHARACTERS &&
  !CONTROL_CHARACTER.test(value);

const isInteger =
  (min: number): Test =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= MAX_INTEGER;

/** A number that a double would not reproduce is kept as its text (parseResource). */
const isDecimal: Test = (value) => typeof value === 'number' || isRawJSON(value);

const YEAR = '\\d{3}[1-9]|\\d\\d[1-9]0|\\d[1-9]00|[1-9]000';
const DATE = `(?:${YEAR})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\\d|3[01]))?)?`;
const FULL_DATE = `(?:${YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])`;
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?';
const ZONE = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

/** Checks the format, and that the month has this day. */
function matchesDate(format: string): Test {
  const exact = new RegExp(`^(?:${format})$`);
  return (value) => {
    const found = typeof value === 'string' ? exact.exec(value) : null;
    if (!found) return false;
    const groups = found.slice(1).filter((group) => group !== undefined);
    const [month, day] = groups.map(Number);
    if (month === undefined || day === undefined) return true;
    if (day > (DAYS_OF_MONTH[month - 1] ?? 0)) return false;
    if (month !== 2 || day < 29) return true;
    const year = Number(found[0].slice(0, 4));
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  };
}

const isUri = matches(/^\S+$/);

/** By type: is a JSON value of this type? */
export const PRIMITIVES: Readonly<Record<string, Test>> = {
  base64Binary: matches(/^[\sA-Za-z0-9+/]+={0,2}\s*$/),
  boolean: (value) => typeof value === 'boolean',
  canonical: isUri,
  code: matches(/^\S+(?:\s\S+)*$/),
  date: matchesDate(DATE),
  dateTime: matchesDate(`${FULL_DATE}T${TIME}${ZONE}|${DATE}`),
  decimal: isDecimal,
  id: matches(/^[A-Za-z0-9\-.]{1,64}$/),
  instant: matchesDate(`${FULL_DATE}T${TIME}${ZONE}`),
  integer: isInteger(-MAX_INTEGER - 1),
  markdown: isText,
  oid: matches(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/),
  positiveInt: isInteger(1),
  string: isText,
  time: matches(new RegExp(`^${TIME}$`)),
  unsignedInt: isInteger(0),
  uri: isUri,
  url: isUri,
  uuid: matches(/^urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/),
  xhtml: isText,
};

const hasTime = (type: string) => type === 'dateTime' || type === 'instant';
const article = (type: string) => (/^(?:[aeio]|unsigned)/.test(type) ? 'an' : 'a');

/**
 * Why a value is not of a primitive type, in words for whoever made the file. It never quotes the value.
 *
 * @param type a name of {@link PRIMITIVES}
 */
export function reasonAgainst(value: unknown, type: string): string {
  if (Array.isArray(value)) return 'is a list';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (typeof value === 'string') {
    if (value.length > MAX_STRING_CHARACTERS) return `more than ${MAX_STRING_CHARACTERS} characters`;
    if (hasTime(type) && PRIMITIVES[type]?.(`${value}Z`)) return 'a time without a time zone';
  }
  return `not ${article(type)} ${type}`;
}
