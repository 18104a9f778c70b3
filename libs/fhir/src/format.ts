/** Which formats there are: one (http://hl7.org/fhir/R4/http.html#mime-type). */

const FORMATS = ['json', 'application/json', 'application/fhir+json'];
const ACCEPTABLE = /(?:^|[\s,])(?:\*\/\*|application\/\*|application\/(?:fhir\+)?json)(?=$|[\s,;])/i;

/** @param format media type or short name. `+` means a space in a query, and nobody escapes it. */
export const isFhirJson = (format: string): boolean => FORMATS.includes(format.replace(' ', '+'));

/**
 * @param formats values of `_format`, which goes before `Accept`
 * @param accept header, as it came
 */
export function acceptsFhirJson(formats: readonly string[], accept: string | undefined): boolean {
  if (formats.length > 0) return formats.every(isFhirJson);
  return accept === undefined || ACCEPTABLE.test(accept);
}
