/**
 * Serves one FHIR request from start to end: decide, parse, query, record, answer. It works on values and knows no
 * web server.
 */
import { hash } from 'node:crypto';
import { isUnavailable } from '@patient-access/database';
import { EMPTY_BODY_HASH } from '@patient-access/events';
import {
  definitions,
  fhirBase,
  forbidden,
  interactionOf,
  internalError,
  notFound,
  OperationError,
  operationOutcome,
  ownersOf,
  publicationOf,
  type BodyChunks,
  unavailable,
} from '@patient-access/fhir';
import { linkedRequest, REFERENCE_DATA_PART } from '@patient-access/internal-api';
import { ALL_MEMBERS, type TokenClaims } from '@patient-access/smart';
import { type Answered, toAccessEvent } from './access-event.ts';
import { computedAnswer } from './computed-answer.ts';
import { isUnchanged } from './conditional.ts';
import { withoutPart } from './cursor-links.ts';
import { docref } from './docref.ts';
import type {
  AllowedRequest,
  CallerContext,
  Engine,
  InteractionResult,
  OperationRequest,
  TypeInteraction,
} from './engine.ts';
import { everything } from './everything.ts';
import { asksForReferences } from './referred.ts';
import { historyPage } from './history.ts';
import { linkedAnswers, linkedIds, searchAgain } from './linked.ts';
import { checkFormat, decodeOperation, decodeParameters, formatsOf } from './parameters.ts';
import { decideForType, refusalOf } from './query-for.ts';
import { readOne } from './read.ts';
import { related, relatedService } from './related.ts';
import { publishedRead } from './published.ts';
import type { FhirRequest, FhirResponse } from './request.ts';
import { searchPage } from './search-page.ts';

const STRICT = /(?:^|[\s,;])handling\s*=\s*(?:strict|"strict")(?=$|[\s,;])/i;
const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** Operations by name. Each makes its own access decision. */
const OPERATIONS: ReadonlyMap<
  string,
  (
    caller: CallerContext,
    operation: OperationRequest,
    parameters: [string, string][],
  ) => Promise<InteractionResult>
> = new Map([
  ['everything', everything],
  ['docref', docref],
  ['benefit-balance', computedAnswer],
]);

function callOperation(
  caller: CallerContext,
  request: FhirRequest,
  interaction: OperationRequest,
): Promise<InteractionResult> {
  const operation = OPERATIONS.get(interaction.operation);
  const owners = ownersOf(interaction.type, interaction.operation);
  if (!operation || !owners.includes(caller.engine.owner)) throw notFound();
  const parameters = decodeOperation(request.parameters);
  const { room, asksNext = false } = request;
  const isReferenceData = asksForReferences(request);
  const part = isReferenceData ? REFERENCE_DATA_PART : caller.engine.owner;
  return operation(
    caller,
    { ...interaction, isReferenceData, asksNext, ...(room !== undefined && { room }) },
    withoutPart(part, owners, parameters),
  );
}

/**
 * Decides whether the interaction with this type is allowed, and decodes the parameters.
 *
 * @throws OperationError 400, 403, 404, 406 or 415
 */
function allowRequest(
  caller: CallerContext,
  request: FhirRequest,
  requested: TypeInteraction,
): AllowedRequest {
  const { interaction, type } = requested;
  const { owner } = caller.engine;
  const definition = definitions.get(type);
  const owners = ownersOf(type);
  if (!definition || !owners.includes(owner)) throw notFound();
  const id = 'id' in requested ? requested.id : undefined;
  const decision = decideForType(caller, interaction, type, definition, id);
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
    linked: linkedAnswers({ tenant: caller.tenant, decision }, request),
  };
}

/** A request of the gateway about a chain into another service. */
function runLinked(
  caller: CallerContext,
  request: FhirRequest,
  { type, of }: NonNullable<ReturnType<typeof linkedRequest>>,
): Promise<InteractionResult> {
  const requested = { interaction: 'search-type', type } as const;
  if (of === 'search') {
    const again = searchAgain(request, type);
    return runAllowed(allowRequest(caller, again, requested), requested);
  }
  const { body, ...parameters } = request.parameters;
  const allowed = allowRequest(caller, { ...request, parameters }, requested);
  return linkedIds(allowed, type, body);
}

function runAllowed(allowed: AllowedRequest, interaction: TypeInteraction): Promise<InteractionResult> {
  const { auditorSearch } = allowed.engine;
  if (allowed.decision.member === ALL_MEMBERS) {
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
  const linked = request.method === 'POST' ? linkedRequest(request.path) : undefined;
  if (linked) return runLinked(caller, request, linked);
  const interaction = interactionOf(request.method, request.path);
  if (interaction.interaction === 'operation') return callOperation(caller, request, interaction);
  return runAllowed(allowRequest(caller, request, interaction), interaction);
}

function toOperationError(error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  return isUnavailable(error) ? unavailable(error) : internalError(error);
}

function refusal(
  { publicUrl }: Engine,
  error: OperationError,
  requestId: string,
  isRecorded: boolean,
): FhirResponse {
  return {
    isRecorded,
    status: error.status,
    headers: { 'content-type': FHIR_JSON, ...error.details.headers },
    body: Buffer.from(operationOutcome(error, requestId, publicUrl)),
  };
}

/**
 * The bytes of a body. Stored resources are bytes already and are not changed. A single resource is not even copied.
 */
function bytesOf(pieces: BodyChunks): Buffer {
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
 * Serves one request of an authenticated caller. Nothing is returned before the access event is durable. If the event
 * cannot be stored, the answer is 503 without data, whatever was found.
 */
export async function serve(
  engine: Engine,
  request: FhirRequest,
  claims: TokenClaims,
): Promise<FhirResponse> {
  if (!engine.mayDisclose(request.tenant)) return refusal(engine, unavailable(), request.requestId, false);
  try {
    const found = await runInteraction(engine, request, claims);
    const unchanged = isUnchanged(request.conditions, found.headers);
    // The body is encoded once, and the hash, the compression and the answer use the same bytes.
    const body = bytesOf(unchanged ? [] : found.body);
    // The answer to a HEAD has the length of the body, and not the body.
    const bodyHash = request.method === 'HEAD' ? EMPTY_BODY_HASH : hash('sha256', body, 'hex');
    await recordOrFail(engine, request, claims, { ...found.disclosure, bodyHash });
    if (unchanged) return { status: 304, headers: found.headers, body, isRecorded: true };
    const headers = { 'content-type': FHIR_JSON, ...found.headers };
    return { status: 200, headers, body, isRecorded: true };
  } catch (thrown) {
    return refuse(engine, request, claims, toOperationError(thrown));
  }
}

/** An owner may answer for its part and for the references of one page: two events, so two names. */
const recordingService = ({ owner }: Engine, request: FhirRequest) =>
  relatedService(owner, request.path) ?? (asksForReferences(request) ? `${owner}/references` : owner);

class NotRecorded extends OperationError {}

/** An event of its own for each request, or a place in a sum where everybody may ask (ADR 99). */
async function recordOrFail(
  engine: Engine,
  request: FhirRequest,
  claims: TokenClaims,
  answered: Answered,
): Promise<void> {
  const publication = publicationOf(request.tenant);
  if (publication) return engine.count(publishedRead(publication, request, answered));
  try {
    await engine.record(toAccessEvent(recordingService(engine, request), request, claims, answered));
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
  if (error instanceof NotRecorded) return refusal(engine, error, request.requestId, false);
  try {
    await recordOrFail(engine, request, claims, { refused: error });
    return refusal(engine, error, request.requestId, true);
  } catch (unrecorded) {
    engine.onError(unrecorded, request.requestId);
    return refusal(engine, toOperationError(unrecorded), request.requestId, false);
  }
}
