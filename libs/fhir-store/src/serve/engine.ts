/** What the interactions of the engine work with: the service, the caller, the request and its result. */
import type { ReadPool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import type { Definition, FhirInteraction, Owner, BodyChunks } from '@patient-access/fhir';
import type { AccessDecision, TokenClaims } from '@patient-access/smart';
import type { DisclosedResources } from './access-event.ts';
import type { ContentNegotiation } from './content.ts';
import type { Cursors } from './cursor.ts';
import type { SearchColumns } from '../sql/search-sql.ts';

/** What the engine needs of the service it runs in. */
export interface Engine {
  owner: Owner;
  pool: ReadPool;
  cursors: Cursors;
  publicUrl: string;
  record(event: AccessEvent): Promise<void>;
  /** False while so many events wait for delivery that those of more disclosures might not fit (security rule D16). */
  mayDisclose(): boolean;
  onError(error: unknown, requestId: string): void;
  /** serves the plan's auditors; left out: they are refused */
  auditorSearch?: AuditorSearch;
  searchColumns?: SearchColumns;
}

/** What a service adds to the engine. */
export type EngineExtensions = Pick<Engine, 'auditorSearch' | 'searchColumns'>;

/** Who calls which plan. */
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
  /** what the answer may be */
  negotiation: ContentNegotiation;
  /** `Prefer: handling=strict` (http://hl7.org/fhir/R4/search.html#errors) */
  strict: boolean;
  definition: Definition;
  decision: Extract<AccessDecision, { allowed: true }>;
  /** the services that hold a part of what is asked for, in their order */
  owners: readonly Owner[];
}

/** A body that may be sent once its event is durable. */
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

export type OperationRequest = Extract<FhirInteraction, { interaction: 'operation' }>;
/** An interaction with one type, which is decided about before it runs. */
export type TypeInteraction = Exclude<FhirInteraction, OperationRequest>;
