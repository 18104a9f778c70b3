/** Decodes the bytes of a request into parameters. It refuses what it cannot decode. */
import { acceptsFhirJson, invalid, notAcceptable, unsupportedMediaType } from '@patient-access/fhir';

const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** The parameter of our links to further pages. */
export const CURSOR = '_cursor';

/** The parts of an HTTP request that a FHIR interaction depends on. */
export interface RawParameters {
  /** of the URL, without `?`, as it arrived */
  query: string;
  /** of a POST */
  body?: string;
  contentType?: string;
  accept?: string;
}

/** Refuses percent-encoded bytes that are not UTF-8, rather than replace them. */
function decodePairs(text: string): [string, string][] {
  const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
  try {
    return text
      .split('&')
      .filter(Boolean)
      .map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
      });
  } catch {
    throw invalid('The parameters are not percent-encoded UTF-8.');
  }
}

/** Asks for spaces in the JSON, which changes nothing of what it says: ignored wherever it stands. */
const PRETTY = '_pretty';
/** The `+` of a time zone is a space unless it is encoded, and many clients do not encode it. */
const ZONE_AFTER_SPACE = /(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:\d\d)(?=,|$)/g;

/** Drops `_pretty`, and puts back the `+` of time zones. */
const normalized = (pairs: [string, string][]): [string, string][] =>
  pairs.flatMap(([name, value]) =>
    name === PRETTY ? [] : [[name, value.replace(ZONE_AFTER_SPACE, '$1+$2')] as [string, string]],
  );

/** The values of `_format`. */
export const formatsOf = (parameters: readonly [string, string][]): string[] =>
  parameters.filter(([name]) => name === '_format').map(([, value]) => value);

/**
 * @throws OperationError 406 when the client does not accept FHIR JSON. Except for documents, nothing else is served.
 */
export function checkFormat(parameters: readonly [string, string][], accept: string | undefined): void {
  if (!acceptsFhirJson(formatsOf(parameters), accept)) throw notAcceptable();
}

const FHIR_JSON = /^application\/(?:fhir\+)?json\s*(?:;|$)/i;

const escaped = (text: unknown) => String(text).replace(/[\\,|$]/g, '\\$&');

/** A Coding as in a token parameter. */
function tokenOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { system, code } = value as Record<string, unknown>;
  if (typeof code !== 'string') return undefined;
  return system === undefined ? escaped(code) : `${escaped(system)}|${escaped(code)}`;
}

/** Any of the codings of a CodeableConcept. US Core 3.1.1 gives the kind of a document so, and later versions a Coding. */
function tokensOf(value: unknown): string | undefined {
  const { coding } = (value ?? {}) as { coding?: unknown };
  const tokens = Array.isArray(coding) ? coding.flatMap((each) => tokenOf(each) ?? []) : [];
  return tokens.length > 0 ? tokens.join(',') : undefined;
}

/**
 * The text of a primitive value. A Coding and a CodeableConcept become text as in a token parameter.
 * @returns undefined for any other value
 */
function textOf(key: string, value: unknown): string | undefined {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  if (key === 'valueCoding') return tokenOf(value);
  return key === 'valueCodeableConcept' ? tokensOf(value) : undefined;
}

/** The parameters in a Parameters resource (http://hl7.org/fhir/R4/parameters.html), as pairs of name and value. */
function valuesOf(body: string): [string, string][] {
  const bad = () =>
    invalid('The body has to be a Parameters resource of primitive values, Codings and CodeableConcepts.');
  try {
    const { resourceType, parameter = [] } = JSON.parse(body) as Record<string, unknown>;
    if (resourceType !== 'Parameters' || !Array.isArray(parameter)) throw bad();
    return parameter.map(({ name, ...value }: Record<string, unknown>): [string, string] => {
      const [[key, given] = ['', undefined], ...others] = Object.entries(value);
      const text = /^value[A-Z]/.test(key) ? textOf(key, given) : undefined;
      if (typeof name !== 'string' || text === undefined || others.length > 0) throw bad();
      return [name, text];
    });
  } catch {
    throw bad();
  }
}

/**
 * The parameters of an operation: from a query or a form, as in a search, or from a Parameters resource, which has no empty
 * values.
 *
 * @throws OperationError 400, 406, 415
 */
export function decodeOperation(raw: RawParameters): [string, string][] {
  const { body, ...rest } = raw;
  const inBody = body && FHIR_JSON.test(raw.contentType ?? '') ? body : undefined;
  const parameters =
    inBody === undefined ? decodeParameters(raw) : [...decodeParameters(rest), ...valuesOf(inBody)];
  checkFormat(parameters, raw.accept);
  return parameters;
}

function decodeAll(raw: RawParameters): [string, string][] {
  if (raw.body && !FORM.test(raw.contentType ?? '')) throw unsupportedMediaType();
  return normalized([...decodePairs(raw.query), ...decodePairs(raw.body ?? '')]);
}

/**
 * The parameters of a GET, or of a POST to `_search`, where those of the body and of the query both count
 * (http://hl7.org/fhir/R4/search.html#Introduction). One without a value is no error there, and is ignored
 * (http://hl7.org/fhir/R4/search.html#errors). The cursor is no search parameter, but a part of our links: without it an app that
 * follows pages would begin again, and never end.
 *
 * @throws OperationError 400, 415
 */
export const decodeParameters = (raw: RawParameters): [string, string][] =>
  decodeAll(raw).filter(([name, value]) => value !== '' || name === CURSOR);
