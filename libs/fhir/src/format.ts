/** Content negotiation. There is one format (http://hl7.org/fhir/R4/http.html#mime-type). */

import { LRUCache } from 'lru-cache';

const FHIR_JSON = 'application/fhir+json';
const FORMATS = ['json', 'application/json', FHIR_JSON];

/** The media type's parameter for another version than R4 (http://hl7.org/fhir/R4/http.html#version-parameter). */
const OTHER_VERSION = /^fhirVersion=(?!"?4\.0(?:\.\d+)?"?$)/i;

/** The name and the parameters of a media type or range. */
function partsOf(text: string): [name: string, parameters: string[]] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim());
  return [name.toLowerCase(), parameters];
}

const isOfOtherVersion = (parameters: readonly string[]) =>
  parameters.some((parameter) => OTHER_VERSION.test(parameter));

/** In a query `+` means a space, but clients do not escape it in the name of a media type. */
const asMeant = (name: string): string => name.replace(' ', '+');

/** @param format media type or short name, as it stands in `_format` */
export function isFhirJson(format: string): boolean {
  const [name, parameters] = partsOf(format);
  return FORMATS.includes(asMeant(name)) && !isOfOtherVersion(parameters);
}

/**
 * @param format as for {@link isFhirJson}
 * @param essence a media type without parameters, in lower case
 */
export const isFormat = (format: string, essence: string): boolean => asMeant(partsOf(format)[0]) === essence;

/** Media ranges after this many are ignored. */
const MAX_RANGES = 100;
/** A weight of zero: not acceptable (RFC 9110 section 12.4.2). */
const UNWANTED = /^q=0(?:\.0*)?$/i;
/** What a request without `Accept` takes, and one whose `Accept` is empty (RFC 9110 section 12.5.1). */
const ANYTHING = '*/*';

/** Of these headers the ranges are kept. Each app sends the same one with each request, and there are few different ones. */
const kept = new LRUCache<string, ReadonlyMap<string, boolean>>({ max: 50 });

/** The media ranges of an `Accept` header without their parameters, and whether each is acceptable. */
function rangesOf(accept: string): ReadonlyMap<string, boolean> {
  const known = kept.get(accept);
  if (known) return known;
  const ranges = readRanges(accept);
  kept.set(accept, ranges);
  return ranges;
}

function readRanges(accept: string): ReadonlyMap<string, boolean> {
  return new Map(
    accept.split(',', MAX_RANGES).flatMap((range): [string, boolean][] => {
      const [name, parameters] = partsOf(range);
      // What is wanted in another version of FHIR is not here. It may be wanted in this one too.
      if (isOfOtherVersion(parameters)) return [];
      return [[name, !parameters.some((parameter) => UNWANTED.test(parameter))]];
    }),
  );
}

/** The media types and ranges that an `Accept` header accepts, in lower case. */
export const wantedRanges = (accept: string): string[] =>
  [...rangesOf(accept)].flatMap(([range, wanted]) => (wanted ? range : []));

/**
 * A more specific media range takes precedence (RFC 9110 section 12.5.1).
 *
 * @param essence a media type without parameters, in lower case
 * @param accept header, as it arrived
 */
export function accepts(essence: string, accept = ''): boolean {
  const ranges = rangesOf(accept.trim() || ANYTHING);
  const [type = ''] = essence.split('/');
  return ranges.get(essence) ?? ranges.get(`${type}/*`) ?? ranges.get('*/*') ?? false;
}

/**
 * @param formats values of `_format`, which takes precedence over `Accept`
 * @param accept header, as it arrived
 */
export function acceptsFhirJson(formats: readonly string[], accept: string | undefined): boolean {
  if (formats.length > 0) return formats.every(isFhirJson);
  return accepts(FHIR_JSON, accept) || wantedRanges(accept ?? '').some(isFhirJson);
}
