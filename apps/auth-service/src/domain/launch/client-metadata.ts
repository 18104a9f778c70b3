/** Fields of a client's metadata about launches, beyond RFC 7591. */

/** The plan lets this client open launches. A client cannot set this. */
export const MAY_LAUNCH = 'may_launch';
/**
 * The form of `fhirContext` that the client expects: `2.0` (strings), or by default the objects of SMART App Launch
 * 2.1.
 */
export const FHIR_CONTEXT_FORM = 'fhir_context_form';
export const FHIR_CONTEXT_FORMS = ['2.0', '2.1'] as const;
