/** A requirement of a profile, or of R4, that the resource does not meet. It never quotes the resource. */
export interface ProfileFinding {
  /** e.g. `Observation.component[0].code` */
  location: string;
  rule:
    | 'minimum'
    | 'maximum'
    | 'fixed'
    | 'pattern'
    | 'binding'
    | 'type'
    | 'target'
    | 'slice'
    | 'code'
    | 'profile'
    | 'invariant';
  /** what is required: a cardinality, a value set, the name of a slice, types of resource, the key of an invariant, the system of a code that does not exist */
  expected: string;
}

/** The most findings that are reported for one resource. */
export const MAX_FINDINGS = 20;
