/** What a client may ask of documents about the API (http://hl7.org/fhir/R4/http.html#capabilities). */
import { acceptsFhirJson, invalid, notAcceptable } from '@patient-access/fhir';

export type MetadataQuery = Record<string, string | string[] | undefined>;

/** @throws OperationError 406 when the client does not accept FHIR JSON */
export function checkMetadataFormat({ _format }: MetadataQuery, accept: string | undefined): void {
  const formats = [_format ?? []].flat().filter((format) => format !== '');
  if (!acceptsFhirJson(formats, accept)) throw notAcceptable();
}

/**
 * `full` and `normative` have the same result here, as FHIR allows. This server has no terminology, so it refuses
 * `terminology`. Other parameters are ignored, as is one without a value: so it is in a search.
 *
 * @throws OperationError 400 for another `mode`, 406 when the client does not accept FHIR JSON
 */
export function checkMetadataQuery(query: MetadataQuery, accept: string | undefined): void {
  const { mode } = query;
  if (mode && mode !== 'full' && mode !== 'normative')
    throw invalid('mode: full or normative. This server has no terminology.', 'mode');
  checkMetadataFormat(query, accept);
}
