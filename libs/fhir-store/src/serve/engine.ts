/** What the interactions of the engine work with: the service, the caller, the request and its result. */
import type { ReadPool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import type { Definition, FhirInteraction, LinkedAnswers, Owner, BodyChunks } from '@patient-access/fhir';
import type { Unrecorded } from '@patient-access/platform';
import type { AccessDecision, TokenClaims } from '@patient-access/smart';
import type { DisclosedResources } from './access-event.ts';
import type { ContentNegotiation } from './content.ts';
import type { Freshness } from '../freshness/freshness.ts';
import type { Cursors } from './cursor.ts';
import type { SearchColumns } from '../sql/search-sql.ts';

/** What the engine needs from the service in which it runs. */
export interface Engine {
  owner: Owner;
  pool: ReadPool;
  cursors: Cursors;
  publicUrl: string;
  /** says on each searchset when the plan's data was loaded; absent: it does not say so */
  freshness?: Pick<Freshness, 'asOf'>;
  record(event: AccessEvent): Promise<void>;
  /** what everybody may read without a login leaves no event for each request: they are counted (ADR 99) */
  count(request: Unrecorded): void;
  /**
   * False while so many events of the plan's database wait for delivery that there might be no room for the event of another disclosure
   * (security rule D16).
   */
  mayDisclose(tenant: string): boolean;
  onError(error: unknown, requestId: string): void;
  /** serves auditors of the plan; without it they are refused */
  auditorSearch?: AuditorSearch;
  searchColumns?: SearchColumns;
  /** makes the resource that is served of what a row has as its body; left out: it is the resource */
  bodyOf?(stored: Buffer): Buffer;
}

/** What a service adds to the engine. */
export type EngineExtensions = Pick<Engine, 'auditorSearch' | 'searchColumns' | 'bodyOf'>;

/** Who calls, and at which plan. */
export interface CallerContext {
  engine: Engine;
  claims: TokenClaims;
  tenant: string;
  /** the tenant's FHIR base URL */
  base: string;
}

/** What an interaction works with once it has been allowed. */
export interface AllowedRequest extends CallerContext {
  /** decoded, in order */
  parameters: [string, string][];
  /** the formats that the client accepts */
  negotiation: ContentNegotiation;
  /** `Prefer: handling=strict` (http://hl7.org/fhir/R4/search.html#errors) */
  strict: boolean;
  definition: Definition;
  decision: Extract<AccessDecision, { allowed: true }>;
  /** what is known of chains into another service; absent: they are refused */
  linked?: LinkedAnswers | undefined;
  /** the services that each hold a part of the answer, in the order in which the parts are served */
  owners: readonly Owner[];
}

/** A body that may be sent when its event is durable. */
export interface InteractionResult {
  headers: Record<string, string>;
  /** text is sent as UTF-8 */
  body: BodyChunks;
  disclosure: DisclosedResources;
}

/** Answers a request whose decision is for ALL_MEMBERS (libs/smart). The engine itself serves members only. */
export type AuditorSearch = (
  allowed: AllowedRequest,
  interaction: TypeInteraction,
) => Promise<InteractionResult>;

export type OperationRequest = Extract<FhirInteraction, { interaction: 'operation' }> & {
  /** entries for which the gateway has room on the page */
  room?: number;
  /** does the gateway ask the next service where this one has no answer? */
  asksNext?: boolean;
  /** is this about the reference data of a record, and not about what this service holds of it? */
  isReferenceData?: boolean;
};
/** An interaction with one type. The engine decides whether it is allowed before it runs. */
export type TypeInteraction = Exclude<FhirInteraction, { interaction: 'operation' }>;
