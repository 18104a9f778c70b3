/**
 * What this API knows about a resource type, as data. Routes, parsing, index rows, SQL, scopes and the
 * CapabilityStatement are derived from it and written nowhere else.
 */

import type { DataService } from '@patient-access/topology';

/** The service whose database holds a type. */
export type Owner = DataService;

/**
 * The kinds of data that a member decides about, each by one checkbox of the consent page. auth-service knows their order
 * and their words.
 */
export type ConsentKind =
  | 'contact'
  | 'coverage'
  | 'claims'
  | 'conditions'
  | 'medicines'
  | 'allergies'
  | 'vaccines'
  | 'results'
  | 'procedures'
  | 'visits'
  | 'plans'
  | 'devices'
  | 'documents'
  | 'providers'
  | 'access'
  | 'programs';

/** What a type can be asked for, by its code (http://hl7.org/fhir/restful-interaction). */
export type InteractionCode = 'read' | 'vread' | 'history-instance' | 'search-type';

/** How a search parameter's values are compared (http://hl7.org/fhir/R4/search.html#ptypes). */
export type SearchKind = 'token' | 'date' | 'reference' | 'string' | 'uri' | 'quantity' | 'number';

export interface SearchParameter {
  kind: SearchKind;
  /** where the values are: see path.ts for the grammar */
  path: string;
  /** reference: the types it may point at, the first one being meant by a bare id; absent: any */
  targets?: readonly string[];
  /** reference: parameters of the first target, in the same database, that may be asked for through this one */
  chains?: readonly string[];
  /** the date parameter that it is asked for together with: its index rows say when, too */
  dateParameter?: string;
  /** does it say whose data is wanted? Left out: it does if its path is that of the membership element */
  namesMember?: boolean;
}

/** An operation that clients may call (http://hl7.org/fhir/R4/operations.html). */
interface Operation {
  /** canonical of its OperationDefinition */
  definition: string;
  /** answered by every service that holds a part of the member's record, one after the other */
  overRecord?: true;
}

/** Whose a resource is: decided at ingest, stored as a column, never looked at again. */
type Membership =
  /** the element that refers to the Patient, or `id` for the Patient itself */
  | { by: 'element'; path: string }
  /** belongs to the member of the resource that this element refers to */
  | {
      by: 'reference';
      path: string;
      /** what it refers to may itself belong to the member of another, and comes before it */
      afterOthers?: true;
    }
  /** reference data of the plan; must not mention a member */
  | { by: 'none' };

/** Another type's parameter that a resource is pointed at by. */
interface Pointer {
  type: string;
  parameter: string;
}

/** The elements of a document that can be had as it is (http://hl7.org/fhir/R4/binary.html). */
interface Content {
  mediaType: string;
  /** base64 */
  data: string;
}

export interface Definition {
  owner: Owner;
  membership: Membership;
  consentKind: ConsentKind;
  /** canonical profile URLs with version, for the CapabilityStatement */
  profiles: readonly string[];
  search: Readonly<Record<string, SearchParameter>>;
  interactions: readonly InteractionCode[];
  /** by name without `$` */
  operations?: Readonly<Record<string, Operation>>;
  /** visible where a resource that points at it is, and nowhere else */
  visibleThrough?: Pointer;
  /** may be asked for as what it holds rather than as a resource */
  content?: Content;
  /** what a guide says that a server SHOULD do and this one does not, e.g. `search name`, with the reason */
  leftOut?: Readonly<Record<string, string>>;
  /** a wildcard scope does not cover this type: an app has to name it */
  namedOnly?: boolean;
  /** the plan's auditors look over those of all members together */
  forAuditors?: boolean;
}

/** Is this the type of the members themselves, each of whom is named by its own id? */
export const isMemberType = ({ membership }: Definition): boolean =>
  membership.by === 'element' && membership.path === 'id';

/** Does this type belong to no member? */
export const isReferenceData = ({ membership }: Definition): boolean => membership.by === 'none';

/** Does this parameter say whose data is wanted? It is compared with the token's member, not with index rows. */
export function namesMember(definition: Definition, parameter: SearchParameter): boolean {
  const { membership } = definition;
  if (parameter.namesMember !== undefined) return parameter.namesMember;
  return membership.by === 'element' && parameter.kind === 'reference' && parameter.path === membership.path;
}

/** Parameters of every type, beside `_id` and `_lastUpdated`, which are columns (search.html#all). */
export const commonParameters: Readonly<Record<string, SearchParameter>> = {
  _profile: { kind: 'uri', path: 'meta.profile' },
  _security: { kind: 'token', path: 'meta.security' },
  _tag: { kind: 'token', path: 'meta.tag' },
};
/** May a parameter's values point at a resource of this type? */
export const pointsAt = ({ kind, targets }: SearchParameter, type: string): boolean =>
  kind === 'reference' && (targets === undefined || targets.includes(type));
