/** Finds the kinds of screening that US Core asks for in its page "Screening and Assessments", and that have no data. */
import type { GuideList } from './guide-list.ts';
import { elementValues, isCoded, type Served } from './supported.ts';

const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category';
const R4 = 'http://terminology.hl7.org/CodeSystem/observation-category';
const SURVEY = `${R4}|survey`;
const OF_ALL_VERSIONS = ['sdoh', 'functional-status', 'disability-status', 'cognitive-status'].map(
  (code) => `${US_CORE}|${code}`,
);

/** By version of US Core. The page is text, so no list that is made from the package has them. */
const SCREENINGS: Readonly<Record<string, readonly string[]>> = {
  '6.1.0': OF_ALL_VERSIONS,
  // physical activity, and the use of alcohol and other substances
  '7.0.0': [...OF_ALL_VERSIONS, `${R4}|activity`, `${R4}|social-history`],
};

/** @returns each category of screenings of a guide that no survey has */
export function missingScreenings(list: GuideList, all: readonly Served[]): string[] {
  if (list.package !== 'hl7.fhir.us.core') return [];
  const categories = all
    .filter(({ resourceType }) => resourceType === 'Observation')
    .map((each) => elementValues(each, 'category'))
    .filter((each) => each.some((category) => isCoded(category, [SURVEY])));
  return (SCREENINGS[list.version] ?? [])
    .filter((asked) => !categories.flat().some((category) => isCoded(category, [asked])))
    .map((asked) => `${list.package} ${list.version}: no screening of ${asked}`);
}
