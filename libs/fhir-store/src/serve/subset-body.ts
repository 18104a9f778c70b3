import { type ParsedSearch, subsetOf } from '@patient-access/fhir';

/**
 * What `_elements` or `_summary` leave of a stored body; without them it stays the bytes that it is.
 *
 * @param body JSON, UTF-8
 */
export const subsetBody = (body: Buffer, subset: ParsedSearch['subset']): string | Buffer =>
  subset ? subsetOf(body.toString(), subset) : body;
