/** What of members must not be in a log or a trace. */

/** Shorter values are found in other words too. */
const MIN_LENGTH = 5;
/** A number of fewer digits is found among times and durations too, as a code of five digits is. */
const MIN_DIGITS = 8;
/** Elements whose values say who somebody is, or how to reach her (45 CFR 164.514(b)(2)). */
const OF_PERSON = new Set(['name', 'identifier', 'telecom', 'address', 'birthDate', 'deceasedDateTime']);
/** Elements whose values number a record of a member, or say what she has or was given. */
const OF_RECORD = new Set([
  'identifier',
  'subscriberId',
  'code',
  'vaccineCode',
  'medicationCodeableConcept',
  'diagnosis',
  'procedure',
]);
/** In these elements, what is not about one person. */
const COMMON = new Set([
  'system',
  'use',
  'type',
  'state',
  'country',
  'period',
  'extension',
  'rank',
  'assigner',
  'onAdmission',
]);
const PERSONS = new Set(['Patient', 'RelatedPerson']);
const OF_A_MEMBER = /"reference":"Patient\//;

/** A resource as FHIR JSON. */
interface ToldOf {
  resourceType: string;
  id?: string;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => (COMMON.has(key) ? [] : textsIn(inner)));
}

const isTelling = (text: string): boolean =>
  text.length >= MIN_LENGTH && !(/^\d+$/.test(text) && text.length < MIN_DIGITS);

/** @returns what a resource tells of a member; nothing for one that is about no member, such as an Organization */
function toldBy(resource: ToldOf): string[] {
  const isPerson = PERSONS.has(resource.resourceType);
  if (!isPerson && !OF_A_MEMBER.test(JSON.stringify(resource))) return [];
  const telling = isPerson ? OF_PERSON : OF_RECORD;
  const values = Object.entries(resource).filter(([element]) => telling.has(element));
  return [resource.id ?? '', ...values.flatMap(([, value]) => textsIn(value))];
}

/**
 * @returns of persons: names, numbers, dates and addresses; of their records: numbers, and codes of what they have and got, in
 * code and in words; the ids of all
 */
export const canariesOf = (resources: readonly ToldOf[]): string[] =>
  [...new Set(resources.flatMap(toldBy))].filter(isTelling);

/** @returns the values that a text has, as whole words */
export function toldIn(text: string, canaries: readonly string[]): string[] {
  const isWord = (character = '') => /[\p{L}\p{N}]/u.test(character);
  const isWhole = (canary: string): boolean => {
    for (let at = text.indexOf(canary); at >= 0; at = text.indexOf(canary, at + 1))
      if (!isWord(text[at - 1]) && !isWord(text[at + canary.length])) return true;
    return false;
  };
  return canaries.filter(isWhole);
}
