/** A FHIR resource. It has no other shape here than its JSON. */
export interface Resource {
  resourceType: string;
  id: string;
  meta?: { versionId?: string; lastUpdated?: string; [element: string]: unknown };
  [element: string]: unknown;
}

/**
 * A logical id (http://hl7.org/fhir/R4/datatypes.html#id). `.` and `..` are valid in FHIR, but would change a URL.
 */
const ID = /^(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}$/;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** The target of a literal reference. */
export interface Target {
  type: string;
  id: string;
  version?: string;
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/**
 * Parses a relative literal reference, e.g. `Patient/1` or `Coverage/7/_history/2`.
 *
 * @returns undefined for anything else: absolute URLs, `urn:uuid:`, `#contained`, logical references
 */
export function parseReference(reference: unknown): Target | undefined {
  const match = typeof reference === 'string' ? RELATIVE.exec(reference) : null;
  if (!match?.[1] || !match[2] || !isId(match[2])) return undefined;
  return { type: match[1], id: match[2], ...(match[3] && { version: match[3] }) };
}

/**
 * Finds numbers that a double might not reproduce as they were written: `1.50`, `1e3`, `-0`, `0.0000001` (JavaScript
 * writes it with an exponent), and more than 15 digits. If this is uncertain, a number counts as one of them.
 */
const INEXACT_NUMBER =
  /[:,[]\s*-?(?:(?<=-)0[\s,}\]]|\d+(?:\.\d*0(?=[\s,}\]])|(?:\.\d+)?[eE][+-]?\d)|0\.0{6}|\d{16}|(?=[\d.]{16})\d+\.\d)/;

/** V8 has `JSON.rawJSON` and the reviver's source, but TypeScript's library does not declare them yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? rawJSON(context.source)
    : value;
}

/**
 * Parses JSON so that writing it again gives every number unchanged. The digits of a FHIR decimal show its precision
 * (http://hl7.org/fhir/R4/datatypes.html#decimal).
 *
 * @throws SyntaxError when the text is not JSON
 */
export function parseResource(text: string): unknown {
  return INEXACT_NUMBER.test(text)
    ? JSON.parse(text, keepSource as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}
