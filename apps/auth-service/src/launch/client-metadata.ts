/** What a client's record says about launches, beyond RFC 7591. */
import { type ClientMetadata, errors } from 'oidc-provider';

/** The plan lets this client open launches. No client can say so of itself. */
export const MAY_LAUNCH = 'may_launch';
/** How the client wants `fhirContext`: `2.0` (strings) or, if it does not say, objects as from SMART App Launch 2.1 on. */
export const FHIR_CONTEXT_FORM = 'fhir_context_form';

const FORMS = ['2.0', '2.1'];

/** @param registering whether the client says this of itself, as opposed to a record that is loaded */
export function checkLaunchMetadata(metadata: ClientMetadata, registering: boolean): void {
  if (registering) metadata[MAY_LAUNCH] = undefined;
  const form = metadata[FHIR_CONTEXT_FORM];
  if (form !== undefined && !FORMS.includes(form as string))
    throw new errors.InvalidClientMetadata(`${FHIR_CONTEXT_FORM} must be one of: ${FORMS.join(', ')}`);
}
