import { randomUUID } from 'node:crypto';
import { FairSemaphore } from '@patient-access/concurrency';
import { unavailable } from '@patient-access/fhir';
import {
  ATTEMPTS_PATH,
  type AttemptReports,
  AUDITOR_SESSION_PATH,
  CLIENT_ADDRESS_HEADER,
  gatewayAuthorization,
  INTROSPECTION_PATH,
  type IntrospectionRequest,
  type OriginQuery,
  ORIGINS_PATH,
  pathTo,
  PLAN_PATH,
  PlanDescription,
  PROOF_USES_PATH,
  PUBLICATION_PATH,
  type ProofUse,
  type RenewalRequest,
  Renewals,
  RENEWALS_PATH,
  REFUSAL_RECORDED_HEADER,
  REPLICA_ID_HEADER,
  REQUEST_ID_HEADER,
  REVOCATIONS_PATH,
  SMART_CONFIGURATION_PATH,
} from '@patient-access/internal-api';
import { traceHeaders } from '@patient-access/tracing';
import type { Pool } from 'undici';
import { streamEvents, type StreamEvent } from './revocation-stream.ts';

/** The gateway waits so long for the head of an answer, together with the wait for a connection (security rule D25). */
const HEAD_MS = 5_000;
/** So much of it is left for the answer when somebody gets a connection: nobody waits longer for one. */
const LEAST_HEAD_MS = 1_000;

/** auth-service sends a comment every two seconds. If none comes for this long, the stream of revocations is dead. */
const SILENCE_MS = 6_000;

interface Call {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  /** sent as JSON */
  body?: unknown;
  /** the statuses in the contract (libs/internal-api); any other status is a failure */
  statuses: readonly number[];
}

interface Response {
  status: number;
  text: string;
  headers: Readonly<Record<string, unknown>>;
}

/** The request that came with a token, for the trail in case the token is no good. */
export interface TokenUse {
  requestId: string;
  /** of the client */
  address: string;
  /** method and path */
  line: string;
}

/**
 * All requests of the gateway to auth-service, with the gateway's own credential. Every method throws OperationError
 * 503 when auth-service cannot be reached, or gives an answer that is not in the contract.
 */
export class AuthClient {
  private readonly pool: Pool;
  private readonly turns: FairSemaphore;
  private readonly authorization: string;
  /** of this process, by which auth-service counts the gateways */
  private readonly replica = randomUUID();

  /**
   * @param secret the client secret of `fhir-gateway`
   * @param calls how many may be under way at the same time, beside the stream of revocations. The pool has as many connections:
   *   what it lets wait, it lets wait without end
   */
  constructor(pool: Pool, secret: string, calls: number) {
    this.pool = pool;
    this.turns = new FairSemaphore({
      levels: [{ permits: calls, queue: Infinity }],
      waitMs: HEAD_MS - LEAST_HEAD_MS,
    });
    this.authorization = gatewayAuthorization(secret);
  }

  /**
   * @returns the introspection JWT; or that the token is not valid at this tenant, and whether auth-service has recorded
   * the request that came with it
   */
  async introspect(
    tenant: string,
    token: string,
    { requestId, address, line }: TokenUse,
  ): Promise<{ jwt: string } | { isRecorded: boolean }> {
    const { status, text, headers } = await this.call({
      method: 'POST',
      path: pathTo(INTROSPECTION_PATH, { tenant }),
      headers: { [REQUEST_ID_HEADER]: requestId, [CLIENT_ADDRESS_HEADER]: address },
      body: { token, request: line } satisfies IntrospectionRequest,
      statuses: [200, 204],
    });
    return status === 200 ? { jwt: text } : { isRecorded: REFUSAL_RECORDED_HEADER in headers };
  }

  /**
   * @param tokens at most MAX_RENEWALS
   * @returns the introspection JWT of each token; null for one that has to be asked about with its next request
   */
  async renew(tenant: string, tokens: readonly string[]): Promise<Renewals> {
    const { text } = await this.call({
      method: 'POST',
      path: pathTo(RENEWALS_PATH, { tenant }),
      body: { tokens: [...tokens] } satisfies RenewalRequest,
      statuses: [200],
    });
    try {
      return Renewals.length(tokens.length).parse(JSON.parse(text));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * @param cookie the header of the browser
   * @returns 200 with the introspection JWT of the auditor who is logged in at this browser; 401 when nobody is
   * logged in, 403 when the person is not an auditor
   */
  auditorSession(tenant: string, cookie: string, requestId: string): Promise<Response> {
    return this.call({
      method: 'GET',
      path: pathTo(AUDITOR_SESSION_PATH, { tenant }),
      headers: { cookie, [REQUEST_ID_HEADER]: requestId },
      statuses: [200, 401, 403],
    });
  }

  /** Marks a DPoP proof as used, for all gateways. @returns whether this was its first use */
  async useProof(tenant: string, { jkt, jti }: ProofUse): Promise<boolean> {
    const path = pathTo(PROOF_USES_PATH, { tenant });
    const { status } = await this.call({ method: 'POST', path, body: { jkt, jti }, statuses: [204, 409] });
    return status === 204;
  }

  /** @returns whether a registered client of the tenant has pages at the origin */
  async isRegisteredOrigin(tenant: string, origin: string): Promise<boolean> {
    const query = new URLSearchParams({ origin } satisfies OriginQuery);
    const path = `${pathTo(ORIGINS_PATH, { tenant })}?${query}`;
    const { status } = await this.call({ method: 'GET', path, statuses: [204, 404] });
    return status === 204;
  }

  /** @returns the tenant's SMART configuration, JSON; undefined when there is no such tenant */
  async smartConfiguration(tenant: string): Promise<string | undefined> {
    const path = pathTo(SMART_CONFIGURATION_PATH, { tenant });
    const { status, text } = await this.call({ method: 'GET', path, statuses: [200, 404] });
    return status === 200 ? text : undefined;
  }

  /** @returns who runs the tenant's FHIR base */
  async plan(tenant: string): Promise<PlanDescription> {
    const { text } = await this.call({
      method: 'GET',
      path: pathTo(PLAN_PATH, { tenant }),
      statuses: [200],
    });
    return PlanDescription.parse(JSON.parse(text));
  }

  /** @returns the introspection JWT of everybody; undefined when the plan does not publish this */
  async publication(tenant: string, publication: string): Promise<string | undefined> {
    const path = pathTo(PUBLICATION_PATH, { tenant, publication });
    const { status, text } = await this.call({ method: 'GET', path, statuses: [200, 404] });
    return status === 200 ? text : undefined;
  }

  /** Resolves when auth-service has recorded them. */
  async reportAttempts(reports: AttemptReports): Promise<void> {
    await this.call({ method: 'POST', path: ATTEMPTS_PATH, body: reports, statuses: [204] });
  }

  /**
   * Resolves when auth-service has started to send notices.
   *
   * @param signal ends the stream
   * @returns what it says; the iteration throws when the stream falls silent or holds something else
   */
  async revocations(signal: AbortSignal): Promise<AsyncIterable<StreamEvent>> {
    const { statusCode, body } = await this.pool.request({
      path: REVOCATIONS_PATH,
      method: 'GET',
      headers: {
        authorization: this.authorization,
        accept: 'text/event-stream',
        [REPLICA_ID_HEADER]: this.replica,
      },
      bodyTimeout: SILENCE_MS,
      signal,
    });
    if (statusCode === 200) return streamEvents(body.setEncoding('utf8'));
    await body.dump();
    throw unexpected(statusCode);
  }

  private async call(call: Call): Promise<Response> {
    const began = performance.now();
    try {
      return await this.turns.run([], () => {
        // A wait counts the time in which this process runs, so more may have passed.
        const left = Math.ceil(HEAD_MS - (performance.now() - began));
        return this.send(call, Math.max(LEAST_HEAD_MS, left));
      });
    } catch (error) {
      throw unavailable(error);
    }
  }

  private async send(
    { method, path, headers, body, statuses }: Call,
    headersTimeout: number,
  ): Promise<Response> {
    const response = await this.pool.request({
      path,
      method,
      headers: {
        authorization: this.authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...traceHeaders(),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout,
    });
    const text = await response.body.text();
    if (!statuses.includes(response.statusCode)) throw unexpected(response.statusCode);
    return { status: response.statusCode, text, headers: response.headers };
  }
}

const unexpected = (status: number) => new Error(`auth-service answered ${status}`);
