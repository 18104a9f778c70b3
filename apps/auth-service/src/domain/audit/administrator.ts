/** Who administers a plan, as events name her. */

/** `iss` of administrators who have named themselves. Nobody has checked the name. */
const ADMINISTRATION = 'urn:payer-patient-access:administration';

export interface Administrator {
  /** the name that she gave, or her subject at the plan's identity provider */
  administrator: string;
  /** the plan's identity provider, where that says who she is */
  issuer?: string;
  /** what the identity provider calls her; it decides nothing */
  name?: string;
}

/** The user of an event. */
export const administratorUser = ({ administrator, issuer = ADMINISTRATION, name }: Administrator) => ({
  iss: issuer,
  sub: administrator,
  ...(name !== undefined && { name }),
});
