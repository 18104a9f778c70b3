/**
 * All that a span may say, by the names of OpenTelemetry's semantic conventions where there is one. No attribute holds an
 * id, a search parameter, a name or a token: a collector is not a place for member data (security rule D29).
 */
export interface SpanAttributes {
  'http.request.method'?: string;
  /** the pattern of the route, never the path */
  'http.route'?: string;
  'http.response.status_code'?: number;
  /** FHIR's code of the interaction */
  'fhir.interaction'?: string;
  'fhir.resource_type'?: string;
  outcome?: 'success' | 'refused' | 'error';
  'db.system.name'?: 'postgresql';
}

/** The form of each allowed value. */
export const ALLOWED_ATTRIBUTES: Readonly<Record<keyof SpanAttributes, RegExp>> = {
  'http.request.method': /^[A-Z_]{3,7}$/,
  'http.route': /^(?:[\w/:*.$()-]{1,160})$/,
  'http.response.status_code': /^\d{3}$/,
  'fhir.interaction': /^[a-z()-]{4,20}$/,
  'fhir.resource_type': /^[A-Za-z()]{3,40}$/,
  outcome: /^(?:success|refused|error)$/,
  'db.system.name': /^postgresql$/,
};
