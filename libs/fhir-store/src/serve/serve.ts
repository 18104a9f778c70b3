/** One FHIR request, start to end: decide, parse, query, record, answer. Values in, values out; no web server here. */
import { hash } from 'node:crypto';
import type { ReadPool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import {
  type Definition,
  definitions,
  fhirBase,
  forbidden,
  interactionOf,
  type InteractionRequest,
  internalError,
  notFound,
  OperationError,
  operationOutcome,
  type Owner,
  ownersOf,
  type Pieces,
  unavailable,
} from '@patient-access/fhir';
import { type Decision, EVERYBODY, type TokenClaims } from '@patient-access/smart';
import { toAccessEvent, type DisclosedResources } from './access-event.ts';
import type { Cursors } from './cursor.ts';
import { withoutPart } from './cursor-links.ts';
import type { ContentNegotiation } from './content.ts';
import { docref } from './docref.ts';
import { everything } from './everything.ts';
import {
  checkFormat,
  decodeOperation,
  decodeParameters,
  formatsOf,
  type RawParameters,
} from './parameters.ts';
import { type Conditions, isUnchanged } from './conditional.ts';
import { historyPage } from './history.ts';
import { decideForType, refusalOf } from './query-for.ts';
import { readOne } from './read.ts';
import { related, relatedService } from './related.ts';
import { searchPage } from './search-page.ts';
import type { SearchColumns } from '../sql/search-sql.ts';

export interface FhirRequest {
  requestId: string;
  tenant: string;
  method: string;
  /** below the FHIR base, without query */
  path: string;
  parameters: RawParameters;
  prefer?: string;
  conditions: Conditions;
  /** the client's network address, for the audit trail */
  address: string;
}

export interface FhirResponse {
  status: number;
  headers: Record<string, string>;
  /** UTF-8 */
  body: Buffer;
}

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
  /** how those who look over the whole plan are answered; left out: not at all */
  auditorSearch?: AuditorSearch;
  searchColumns?: SearchColumns;
}

/** What a service has of its own, in place of the engine's. */
export type EngineExtensions = Pick<Engine, 'auditorSearch' | 'searchColumns'>;

/** Who asks which plan. */
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
  decision: Extract<Decision, { allowed: true }>;
  /** the services that hold a part of what is asked for, in their order */
  owners: readonly Owner[];
}

/** A body that may be sent once its event is durable. */
export interface InteractionResult {
  headers: Record<string, string>;
  /** text is sent as UTF-8 */
  body: Pieces;
  disclosure: DisclosedResources;
}

const STRICT = /(?:^|[\s,;])handling=strict(?=$|[\s,;])/i;
const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** Answers a request whose decision is for EVERYBODY (libs/smart), in place of the engine, which knows members only. */
export type AuditorSearch = (
  allowed: AllowedRequest,
  interaction: TypeInteraction,
) => Promise<InteractionResult>;

type Operation = Extract<InteractionRequest, { interaction: 'operation' }>;
type TypeInteraction = Exclude<InteractionRequest, Operation>;

/** Operations by name. Each decides for itself what it needs. */
const OPERATIONS: ReadonlyMap<
  string,
  (caller: CallerContext, operation: Operation, parameters: [string, string][]) => Promise<InteractionResult>
> = new Map([
  ['everything', everything],
  ['docref', docref],
]);

function callOperation(
  caller: CallerContext,
  request: FhirRequest,
  interaction: Operation,
): Promise<InteractionResult> {
  const operation = OPERATIONS.get(interaction.operation);
  const owners = ownersOf(interaction.type, interaction.operation);
  if (!operation || !owners.includes(caller.engine.owner)) throw notFound();
  const parameters = decodeOperation(request.parameters);
  return operation(caller, interaction, withoutPart(caller.engine.owner, owners, parameters));
}

/**
 * Decides about the type, and reads the parameters.
 *
 * @throws OperationError 400, 403, 404, 406 or 415
 */
function allowRequest(
  caller: CallerContext,
  request: FhirRequest,
  { interaction, type }: TypeInteraction,
): AllowedRequest {
  const { owner } = caller.engine;
  const definition = definitions.get(type);
  const owners = ownersOf(type);
  if (!definition || !owners.includes(owner)) throw notFound();
  const decision = decideForType(caller, interaction, type, definition);
  if (!decision.allowed) throw refusalOf(caller, decision, { interaction, type });
  const parameters = withoutPart(owner, owners, decodeParameters(request.parameters));
  const { accept } = request.parameters;
  if (!definition.content) checkFormat(parameters, accept);
  return {
    ...caller,
    parameters,
    negotiation: { accept, formats: formatsOf(parameters) },
    strict: STRICT.test(request.prefer ?? ''),
    definition,
    decision,
    owners,
  };
}

function runAllowed(allowed: AllowedRequest, interaction: TypeInteraction): Promise<InteractionResult> {
  const { auditorSearch } = allowed.engine;
  if (allowed.decision.member === EVERYBODY) {
    if (!auditorSearch) throw forbidden('no-member');
    return auditorSearch(allowed, interaction);
  }
  switch (interaction.interaction) {
    case 'search-type':
      return searchPage(allowed, interaction.type);
    case 'history-instance':
      return historyPage(allowed, interaction);
    case 'read':
    case 'vread':
      return readOne(allowed, interaction);
    default:
      return interaction satisfies never;
  }
}

async function runInteraction(
  engine: Engine,
  request: FhirRequest,
  claims: TokenClaims,
): Promise<InteractionResult> {
  const { tenant } = request;
  const caller: CallerContext = { engine, claims, tenant, base: fhirBase(engine.publicUrl, tenant) };
  if (request.method === 'POST' && relatedService(engine.owner, request.path))
    return related(caller, request.parameters.body ?? '');
  const interaction = interactionOf(request.method, request.path);
  if (interaction.interaction === 'operation') return callOperation(caller, request, interaction);
  return runAllowed(allowRequest(caller, request, interaction), interaction);
}

function toOperationError(error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  // node-postgres: no connection, time-outs, and everything the server says with an SQLSTATE class of its own fault.
  return isUnavailable(error) ? unavailable(error) : internalError(error);
}

function isUnavailable(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return /^(08|53|57|ECONN|EPIPE)/.test(code) || /timeout|terminated|Connection/i.test(message);
}

function refusal({ publicUrl }: Engine, error: OperationError, requestId: string): FhirResponse {
  return {
    status: error.status,
    headers: { 'content-type': FHIR_JSON, ...error.details.headers },
    body: Buffer.from(operationOutcome(error, requestId, publicUrl)),
  };
}

/** What is stored came as bytes and is not touched: one resource is not even copied. */
function bytesOf(pieces: Pieces): Buffer {
  const [only] = pieces;
  if (pieces.length === 1 && only instanceof Uint8Array)
    return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  const bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0));
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += bytes.write(piece, at);
    else {
      bytes.set(piece, at);
      at += piece.length;
    }
  }
  return bytes;
}

/**
 * Serves one request of an authenticated caller. Nothing is returned before the access event is durable: if it
 * cannot be stored, the answer is 503 without data, whatever was found.
 */
export async function serve(
  engine: Engine,
  request: FhirRequest,
  claims: TokenClaims,
): Promise<FhirResponse> {
  if (!engine.mayDisclose()) return refusal(engine, unavailable(), request.requestId);
  try {
    const found = await runInteraction(engine, request, claims);
    const unchanged = isUnchanged(request.conditions, found.headers);
    // Encoded once, for the hash, for compression and for the wire.
    const body = bytesOf(unchanged ? [] : found.body);
    const bodyHash = hash('sha256', body, 'hex');
    await recordOrFail(
      engine,
      toAccessEvent(recordingService(engine, request), request, claims, { ...found.disclosure, bodyHash }),
    );
    if (unchanged) return { status: 304, headers: found.headers, body };
    return { status: 200, headers: { 'content-type': FHIR_JSON, ...found.headers }, body };
  } catch (thrown) {
    return refuse(engine, request, claims, toOperationError(thrown));
  }
}

const recordingService = ({ owner }: Engine, { path }: FhirRequest) => relatedService(owner, path) ?? owner;

class NotRecorded extends OperationError {}

async function recordOrFail(engine: Engine, event: AccessEvent): Promise<void> {
  try {
    await engine.record(event);
  } catch (error) {
    const { message, details } = unavailable(error);
    throw new NotRecorded('unavailable', message, details);
  }
}

async function refuse(
  engine: Engine,
  request: FhirRequest,
  claims: TokenClaims,
  error: OperationError,
): Promise<FhirResponse> {
  if (error.status >= 500) engine.onError(error.cause ?? error, request.requestId);
  if (error instanceof NotRecorded) return refusal(engine, error, request.requestId);
  try {
    await recordOrFail(
      engine,
      toAccessEvent(recordingService(engine, request), request, claims, { refused: error }),
    );
    return refusal(engine, error, request.requestId);
  } catch (unrecorded) {
    engine.onError(unrecorded, request.requestId);
    return refusal(engine, toOperationError(unrecorded), request.requestId);
  }
}
