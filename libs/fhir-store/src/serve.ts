/** One FHIR request, start to end: decide, parse, query, record, answer. Values in, values out; no web server here. */
import { hash } from 'node:crypto';
import type { Pool } from '@patient-access/database';
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
  unavailable,
} from '@patient-access/fhir';
import { type Decision, decide, type TokenClaims } from '@patient-access/smart';
import { accessEvent, type Disclosure } from './access-event.ts';
import type { Cursors } from './cursor.ts';
import { decodeParameters, type RawParameters } from './parameters.ts';
import { type Conditions, isUnchanged } from './conditional.ts';
import { historyPage } from './history.ts';
import { readOne } from './read.ts';
import { searchPage } from './search-page.ts';

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
  pool: Pool;
  cursors: Cursors;
  publicUrl: string;
  record(event: AccessEvent): Promise<void>;
  onError(error: unknown, requestId: string): void;
}

/** What an interaction works with once it has been allowed. */
export interface Allowed {
  engine: Engine;
  claims: TokenClaims;
  /** decoded, in order */
  parameters: [string, string][];
  /** `Prefer: handling=strict` (http://hl7.org/fhir/R4/search.html#errors) */
  strict: boolean;
  definition: Definition;
  decision: Extract<Decision, { allowed: true }>;
  /** the tenant's FHIR base URL */
  base: string;
}

/** A body that may be sent once its event is durable. */
export interface Answer {
  headers: Record<string, string>;
  body: string;
  disclosure: Disclosure;
}

const STRICT = /(?:^|[\s,;])handling=strict(?=$|[\s,;])/i;
const FHIR_JSON = 'application/fhir+json; charset=utf-8';

function definitionFor(engine: Engine, interaction: InteractionRequest): Definition {
  const definition = definitions.get(interaction.type);
  if (definition?.owner !== engine.owner) throw notFound();
  return definition;
}

async function answer(engine: Engine, request: FhirRequest, claims: TokenClaims): Promise<Answer> {
  const interaction = interactionOf(request.method, request.path);
  const definition = definitionFor(engine, interaction);
  const decision = decide(claims, {
    interaction: interaction.interaction,
    type: interaction.type,
    namedOnly: definition.namedOnly ?? false,
    ofNobody: definition.member.by === 'nobody',
    tenant: request.tenant,
  });
  if (!decision.allowed) throw forbidden(decision.reason);
  const allowed: Allowed = {
    engine,
    claims,
    parameters: decodeParameters(request.parameters),
    strict: STRICT.test(request.prefer ?? ''),
    definition,
    decision,
    base: fhirBase(engine.publicUrl, request.tenant),
  };
  switch (interaction.interaction) {
    case 'search-type':
      return searchPage(allowed, interaction.type);
    case 'history-instance':
      return historyPage(allowed, interaction);
    default:
      return readOne(allowed, interaction);
  }
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

function refusal(error: OperationError, requestId: string): FhirResponse {
  return {
    status: error.status,
    headers: { 'content-type': FHIR_JSON, ...error.details.headers },
    body: Buffer.from(operationOutcome(error, requestId)),
  };
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
  try {
    const found = await answer(engine, request, claims);
    const unchanged = isUnchanged(request.conditions, found.headers);
    // Encoded once, for the hash, for compression and for the wire.
    const body = Buffer.from(unchanged ? '' : found.body);
    const bodyHash = hash('sha256', body, 'hex');
    await recordOrFail(engine, accessEvent(engine.owner, request, claims, { ...found.disclosure, bodyHash }));
    if (unchanged) return { status: 304, headers: found.headers, body };
    return { status: 200, headers: { 'content-type': FHIR_JSON, ...found.headers }, body };
  } catch (thrown) {
    return refuse(engine, request, claims, toOperationError(thrown));
  }
}

class NotRecorded extends OperationError {}

async function recordOrFail(engine: Engine, event: AccessEvent): Promise<void> {
  try {
    await engine.record(event);
  } catch (error) {
    const { status, code, message, details } = unavailable(error);
    throw new NotRecorded(status, code, message, details);
  }
}

async function refuse(
  engine: Engine,
  request: FhirRequest,
  claims: TokenClaims,
  error: OperationError,
): Promise<FhirResponse> {
  if (error.status >= 500) engine.onError(error.cause ?? error, request.requestId);
  if (error instanceof NotRecorded) return refusal(error, request.requestId);
  try {
    await recordOrFail(engine, accessEvent(engine.owner, request, claims, { refused: error }));
    return refusal(error, request.requestId);
  } catch (unrecorded) {
    engine.onError(unrecorded, request.requestId);
    return refusal(toOperationError(unrecorded), request.requestId);
  }
}
