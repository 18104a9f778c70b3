/** The parameters of `metadata` (http://hl7.org/fhir/R4/http.html#capabilities). */
import { acceptsFhirJson, invalid, notAcceptable } from '@patient-access/fhir';

export type MetadataQuery = Record<string, string | string[] | undefined>;

/**
 * `full` and `normative` have the same result here, as FHIR allows. This server has no terminology, so it refuses
 * `terminology`. Other parameters are ignored, as is one without a value: so it is in a search.
 *
 * @throws OperationError 400 for another `mode`, 406 when the client does not accept FHIR JSON
 */
export function checkMetadataQuery({ mode, _format }: MetadataQuery, accept: string | undefined): void {
  if (mode && mode !== 'full' && mode !== 'normative')
    throw invalid('mode: full or normative. This server has no terminology.', 'mode');
  const formats = [_format ?? []].flat().filter((format) => format !== '');
  if (!acceptsFhirJson(formats, accept)) throw notAcceptable();
}
