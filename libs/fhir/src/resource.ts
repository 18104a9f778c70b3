/** A FHIR resource: its JSON is the only shape it ever has here. */
export interface Resource {
  resourceType: string;
  id: string;
  meta?: { versionId?: string; lastUpdated?: string; [element: string]: unknown };
  [element: string]: unknown;
}

/** Logical id (http://hl7.org/fhir/R4/datatypes.html#id); `.` and `..` are legal there but would change a URL. */
const ID = /^(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}$/;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** What a literal reference points at. */
export interface Target {
  type: string;
  id: string;
  version?: string;
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/**
 * Reads a literal reference that is relative, e.g. `Patient/1` or `Coverage/7/_history/2`.
 *
 * @returns undefined for anything else: absolute URLs of other servers, `urn:uuid:`, `#contained`, logical references
 */
export function parseReference(reference: unknown): Target | undefined {
  const match = typeof reference === 'string' ? RELATIVE.exec(reference) : null;
  if (!match?.[1] || !match[2] || !isId(match[2])) return undefined;
  return { type: match[1], id: match[2], ...(match[3] && { version: match[3] }) };
}

/**
 * Numbers that a double may not reproduce as they were written: `1.50`, `1e3`, `-0`, `0.0000001` (which it writes with
 * an exponent), more than 15 digits. In doubt a number counts as one of these.
 */
const INEXACT_NUMBER =
  /[:,[]\s*-?(?:(?<=-)0[\s,}\]]|\d+(?:\.\d*0(?=[\s,}\]])|(?:\.\d+)?[eE][+-]?\d)|0\.0{6}|\d{16}|(?=[\d.]{16})\d+\.\d)/;

/** `JSON.rawJSON` and the reviver's source are in V8, and not yet in TypeScript's library. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? rawJSON(context.source)
    : value;
}

/**
 * Parses JSON so that writing it again gives every number as it was: FHIR decimals carry their precision
 * (http://hl7.org/fhir/R4/datatypes.html#decimal).
 *
 * @throws SyntaxError when the text is not JSON
 */
export function parseResource(text: string): unknown {
  return INEXACT_NUMBER.test(text)
    ? JSON.parse(text, keepSource as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}
