/** Decides by the rows of an answer whether the notice of 42 CFR Part 2 goes with it. */
import { definitions, PART2_HEADER, part2Header, type Part2Release } from '@patient-access/fhir';
import { part2ReleaseOf } from '@patient-access/smart';
import type { CallerContext } from './engine.ts';

/** As much of a row as the decision needs. */
export interface Audienced {
  /** terms of {@link Audience}; null: everybody */
  audience: readonly string[] | null;
}

/** Is a resource of this type a record of care? A type that a scope has to name is about access to records. */
const isRecord = (type: string) => definitions.get(type)?.namedOnly !== true;

/**
 * An answer carries a record under 42 CFR Part 2 if a row of it is there only because a label of Part 2 was released: a resource that
 * bears the label, or one whose reference to such a resource is left out for others.
 *
 * @param type of all rows
 * @returns undefined when no row is such a record
 */
export function part2In(
  { claims }: Pick<CallerContext, 'claims'>,
  type: string,
  rows: readonly Audienced[],
): Part2Release | undefined {
  const { part2 } = claims;
  if (!part2 || !isRecord(type)) return undefined;
  const terms = new Set(part2.labels.map((label) => `+${label}`));
  const isReleased = rows.some(({ audience }) => audience?.some((term) => terms.has(term)));
  return isReleased ? part2ReleaseOf(claims) : undefined;
}

/** The header of an answer with these records; none without a notice. */
export const part2Headers = (notice: Part2Release | undefined): Record<string, string> =>
  notice ? { [PART2_HEADER]: part2Header(notice) } : {};
