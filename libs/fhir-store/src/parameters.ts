/** From the bytes of a request to decoded parameters, strictly. */
import { invalid, notAcceptable, unsupportedMediaType } from '@patient-access/fhir';

const ACCEPTABLE = /(?:^|[\s,])(?:\*\/\*|application\/\*|application\/(?:fhir\+)?json)(?=$|[\s,;])/i;
const FORMATS = ['json', 'application/json', 'application/fhir+json'];
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** The parts of an HTTP request that a FHIR interaction depends on. */
export interface RawParameters {
  /** of the URL, without `?`, as it came */
  query: string;
  /** of a POST */
  body?: string;
  contentType?: string;
  accept?: string;
}

/** What is not UTF-8 behind its percent signs is refused, not replaced. */
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

function checkFormat(parameters: readonly [string, string][], accept: string | undefined): void {
  const asked = parameters.filter(([name]) => name === '_format').map(([, value]) => value);
  // `+` means a space in a query, and nobody escapes it in `application/fhir+json`.
  if (asked.some((format) => !FORMATS.includes(format.replace(' ', '+')))) throw notAcceptable();
  if (asked.length === 0 && accept !== undefined && !ACCEPTABLE.test(accept)) throw notAcceptable();
}

const FHIR_JSON = /^application\/(?:fhir\+)?json\s*(?:;|$)/i;

/** A Parameters resource of primitive values (http://hl7.org/fhir/R4/parameters.html), as name and value pairs. */
function primitivesOf(body: string): [string, string][] {
  const bad = () => invalid('The body has to be a Parameters resource of primitive values.');
  try {
    const { resourceType, parameter = [] } = JSON.parse(body) as Record<string, unknown>;
    if (resourceType !== 'Parameters' || !Array.isArray(parameter)) throw bad();
    return parameter.map(({ name, ...value }: Record<string, unknown>): [string, string] => {
      const [[key, primitive] = ['', undefined], ...others] = Object.entries(value);
      const known = /^value[A-Z]/.test(key) && ['string', 'number', 'boolean'].includes(typeof primitive);
      if (typeof name !== 'string' || !known || others.length > 0) throw bad();
      return [name, String(primitive)];
    });
  } catch {
    throw bad();
  }
}

/**
 * The parameters of an operation: of a GET, of a form or of a Parameters resource.
 *
 * @throws OperationError 400, 406, 415
 */
export function decodeOperation(raw: RawParameters): [string, string][] {
  const { body, ...rest } = raw;
  if (!body || !FHIR_JSON.test(raw.contentType ?? '')) return decodeParameters(raw);
  return [...decodeParameters(rest), ...primitivesOf(body)];
}

/**
 * The parameters of a GET or of a POST `_search`, whose body and query count together
 * (http://hl7.org/fhir/R4/search.html#Introduction).
 *
 * @throws OperationError 400, 406, 415
 */
export function decodeParameters(raw: RawParameters): [string, string][] {
  if (raw.body && !FORM.test(raw.contentType ?? '')) throw unsupportedMediaType();
  const parameters = [...decodePairs(raw.query), ...decodePairs(raw.body ?? '')];
  checkFormat(parameters, raw.accept);
  return parameters;
}
