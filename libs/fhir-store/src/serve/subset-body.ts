import { type ParsedSearch, subsetOf } from '@patient-access/fhir';

/**
 * Reduces a stored body to what `_elements` or `_summary` ask for. Without them, the bytes are not changed.
 *
 * @param body JSON, UTF-8
 */
export const subsetBody = (body: Buffer, subset: ParsedSearch['subset']): string | Buffer =>
  subset ? subsetOf(body.toString(), subset) : body;
