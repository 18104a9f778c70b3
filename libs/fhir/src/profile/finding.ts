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
    | 'profile'
    | 'invariant';
  /** what is required: a cardinality, a value set, the name of a slice, types of resource, the key of an invariant */
  expected: string;
}

/** The most findings that are reported for one resource. */
export const MAX_FINDINGS = 20;

const LITERAL_REFERENCE = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/;

/** @returns the resource type in a literal reference (`Type/id`, also absolute); undefined if it names no type */
export function typeInReference(reference: unknown): string | undefined {
  return typeof reference === 'string' ? LITERAL_REFERENCE.exec(reference)?.[1] : undefined;
}
