/** What can be asked of `metadata` (http://hl7.org/fhir/R4/http.html#capabilities). */
import { acceptsFhirJson, invalid, notAcceptable } from '@patient-access/fhir';

export type MetadataQuery = Record<string, string | string[] | undefined>;

/**
 * `full` and `normative` are the same here, as a server may have it; terminology is nothing that this one serves. Other
 * parameters mean nothing and are left out.
 *
 * @throws OperationError 400 for another `mode`, 406 when FHIR JSON is not wanted
 */
export function checkMetadataQuery({ mode, _format }: MetadataQuery, accept: string | undefined): void {
  if (mode !== undefined && mode !== 'full' && mode !== 'normative')
    throw invalid('mode: full or normative.', 'mode');
  const formats = _format === undefined ? [] : [_format].flat();
  if (!acceptsFhirJson(formats, accept)) throw notAcceptable();
}
