/** Members of a client's metadata about launches, beyond RFC 7591. */

/** The plan lets this client open launches. No client can say so of itself. */
export const MAY_LAUNCH = 'may_launch';
/** How the client wants `fhirContext`: `2.0` (strings) or, if it does not say, objects as from SMART App Launch 2.1 on. */
export const FHIR_CONTEXT_FORM = 'fhir_context_form';
export const FHIR_CONTEXT_FORMS = ['2.0', '2.1'] as const;
