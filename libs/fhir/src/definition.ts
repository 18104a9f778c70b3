/**
 * Everything that this API knows about a resource type, as data. Routes, parsing, index rows, SQL, scopes and the
 * CapabilityStatement are derived from it. None of these facts is written anywhere else.
 */

import type { Resource } from './resource.ts';
import type { DataService } from '@patient-access/topology';
import type { PlanAgreement, SumAgreement } from './agreement/agreement.ts';
import type { ComputedAnswer } from './computed-answer.ts';
import type { GuideProfile } from './guides/guide-sets.ts';
import type { Narrator } from './narrative/written/sentence.ts';

/** The service whose database holds a type. */
export type Owner = DataService;

/**
 * The kinds of data about which a member decides. Each is one checkbox of the consent page. auth-service defines
 * their order and their texts.
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

/** An interaction that a type supports, by its code (http://hl7.org/fhir/restful-interaction). */
export type InteractionCode = 'read' | 'vread' | 'history-instance' | 'search-type';

/** How a search parameter's values are compared (http://hl7.org/fhir/R4/search.html#ptypes). */
export type SearchKind = 'token' | 'date' | 'reference' | 'string' | 'uri' | 'quantity' | 'number';

export interface SearchParameter {
  kind: SearchKind;
  /** where the values are: see path.ts for the grammar */
  path: string;
  /** reference: the types that it may refer to; a bare id means the first. Absent: any type */
  targets?: readonly string[];
  /** reference: its element is a canonical, behind which a version may stand */
  isCanonical?: true;
  /** reference: parameters of the first target, stored in the same database, that a chain may use */
  chains?: readonly string[];
  /**
   * reference: the same, of a target that another service keeps. Such a chain works only where everybody may read: the
   * gateway asks the other service first (docs/adr/0131-ask-two-services-for-a-chain-of-what-is-published.md)
   */
  publishedChains?: readonly string[];
  /** reference: what it refers to is found by its identifier alone: `agent:identifier` */
  byIdentifier?: true;
  /** the date parameter with which it is often combined; its index rows then hold the date too */
  dateParameter?: string;
  /** does it name the member? If absent, it does when its path is that of the membership element */
  namesMember?: boolean;
}

/** An operation that clients may call (http://hl7.org/fhir/R4/operations.html). */
interface Operation {
  /** canonical of its OperationDefinition; one of ours begins with its type, and is served at the FHIR base */
  definition: string;
  /** every service that holds a part of the member's record answers it, one after the other */
  overRecord?: true;
  /** it is called on one resource, and answers with one */
  answer?: ComputedAnswer;
}

/** Whose a resource is. Ingest decides this and stores it as a column. */
type Membership =
  /** the element that refers to the Patient, or `id` for the Patient itself */
  | {
      by: 'element';
      path: string;
      /** resources with a coding of this code belong to the plan: they are reference data of a type of members */
      unless?: { path: string; system: string; code: string };
    }
  /** belongs to the member of the resource that this element refers to */
  | {
      by: 'reference';
      path: string;
      /** the target may itself belong to the member of a third resource; the target is stored before this one */
      afterOthers?: true;
    }
  /** reference data of the plan; must not mention a member */
  | { by: 'none' };

/**
 * The elements of a document that can be served as a document, not as a resource
 * (http://hl7.org/fhir/R4/binary.html).
 */
interface Content {
  mediaType: string;
  /** base64 */
  data: string;
}

/** A law asks that a resource is served for a time after its last change. */
interface Retention {
  of: (resource: Resource) => boolean;
  days: number;
  /** in words: what it is, how long it stays, and by which law */
  because: string;
}

export interface Definition {
  owner: Owner;
  membership: Membership;
  consentKind: ConsentKind;
  /** those that the CapabilityStatement names, and that an import expects */
  profiles: readonly GuideProfile[];
  /** what this product asks of the type besides R4 and the guides: FHIRPath by key; a breach is a finding */
  invariants?: Readonly<Record<string, string>>;
  /** what a resource of the plan says too; the report about an import compares them */
  agreement?: PlanAgreement;
  /** what the resources of a member add up to, and what says so too; the same report compares them */
  sums?: SumAgreement;
  /** what the narrative says that an import writes where the plan sent none */
  narrative?: Narrator;
  /** what stays for a time after its last change, whatever the plan deletes */
  retained?: Retention;
  search: Readonly<Record<string, SearchParameter>>;
  interactions: readonly InteractionCode[];
  /** by name without `$` */
  operations?: Readonly<Record<string, Operation>>;
  /**
   * visible only if a visible resource of one of these types has its address; they are the member's, and kept by the
   * same service. The first is the one that an app without a scope for any of them is told of
   */
  visibleThrough?: readonly string[];
  /** clients may ask for the content instead of the resource */
  content?: Content;
  /** what a guide says that a server SHOULD do and this server does not, e.g. `search name`, with the reason */
  leftOut?: Readonly<Record<string, string>>;
  /** which changes `_lastUpdated` detects, where the type does not change as others do */
  lastUpdatedDetects?: string;
  /** a wildcard scope does not cover this type: an app has to name it */
  namedOnly?: boolean;
  /** the plan's auditors may search the resources of all members together */
  forAuditors?: boolean;
}

/** Is this the type of the members themselves? Each is identified by its own id. */
export const isMemberType = ({ membership }: Definition): boolean =>
  membership.by === 'element' && membership.path === 'id';

/** Is this reference data, which belongs to no member? */
export const isReferenceData = ({ membership }: Definition): boolean => membership.by === 'none';

/** May resources of this type belong to the plan, and be read by a caller who acts for nobody? */
export const mayBePlans = (definition: Definition): boolean =>
  isReferenceData(definition) ||
  (definition.membership.by === 'element' && definition.membership.unless !== undefined);

/** Does this parameter name the member? It is compared with the member of the token, not with index rows. */
export function namesMember(definition: Definition, parameter: SearchParameter): boolean {
  const { membership } = definition;
  if (parameter.namesMember !== undefined) return parameter.namesMember;
  return membership.by === 'element' && parameter.kind === 'reference' && parameter.path === membership.path;
}

/**
 * Parameters of every type, besides `_id` and `_lastUpdated`, which are columns
 * (http://hl7.org/fhir/R4/search.html#all).
 */
export const commonParameters: Readonly<Record<string, SearchParameter>> = {
  _profile: { kind: 'uri', path: 'meta.profile' },
  _security: { kind: 'token', path: 'meta.security' },
  _tag: { kind: 'token', path: 'meta.tag' },
};
/** May a value of this parameter refer to a resource of this type? */
export const pointsAt = ({ kind, targets, byIdentifier }: SearchParameter, type: string): boolean =>
  kind === 'reference' && !byIdentifier && (targets === undefined || targets.includes(type));
