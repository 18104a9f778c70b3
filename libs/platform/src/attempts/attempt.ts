/** What is known of a request's place in the audit trail, until its answer has left. */
import type { IncomingMessage } from 'node:http';
import type { AttemptCaller } from '@patient-access/events';
import type { ErrorCode, OAuthErrorCode } from '@patient-access/fhir';
import type { FastifyRequest } from 'fastify';

/** A caller, and the plan in whose trail the request belongs. */
export interface KnownCaller {
  tenant: string;
  caller: AttemptCaller;
  /** the request names this caller, and nothing proves it: such requests are counted */
  isClaimed?: boolean;
}

/** One request as the trail sees it: each part of a service that learns something about it notes it here. */
export interface Attempt {
  /** an event about this request is durable: see {@link noteRecorded} */
  readonly isRecorded: boolean;
  /** is called once, when an event is noted although the client has left */
  onLateEvent?: (() => void) | undefined;
  /** another service answered, and accounts for its answer */
  isPassedOn: boolean;
  /** refused with an answer that does not look like it, such as `{"active": false}` */
  isRefused?: boolean;
  /** why it was refused */
  reason?: string;
  /** the code of the error that was answered, as apps see it */
  code?: ErrorCode | OAuthErrorCode;
  known?: KnownCaller;
  /** of an answer to somebody who is none of them, staff: what was read, and the Patient ids of all of whom it tells */
  told?: { readonly action: string; readonly persons: readonly string[] };
}

const ATTEMPT = Symbol('attempt');

/** Node's request with its attempt. A WeakMap would cost each collection of the young generation twice its time. */
interface Attempted extends IncomingMessage {
  [ATTEMPT]?: OpenAttempt;
}

type OpenAttempt = Omit<Attempt, 'isRecorded'> & { isRecorded: boolean };

const openAttemptOf = ({ raw }: Pick<FastifyRequest, 'raw'>): OpenAttempt =>
  ((raw as Attempted)[ATTEMPT] ??= { isRecorded: false, isPassedOn: false, onLateEvent: undefined });

/** @returns the attempt that a request is; always the same object for the same request */
export const attemptOf = (request: Pick<FastifyRequest, 'raw'>): Attempt => openAttemptOf(request);

/**
 * Notes that an event about a request is durable. Its handler may do so when nobody waits for the answer any more.
 *
 * @param isRefusal whether the event says that nothing was given: then nothing breaks off when the client has left before it
 */
export function noteRecorded(
  request: Pick<FastifyRequest, 'raw'>,
  { isRefusal }: { isRefusal: boolean },
): void {
  const attempt = openAttemptOf(request);
  const { onLateEvent: tell } = attempt;
  attempt.isRecorded = true;
  attempt.onLateEvent = undefined;
  if (!isRefusal) tell?.();
}

/**
 * Keeps why a request is refused, for its event, also where its answer is a redirection, as to a login. The first reason is
 * the cause; what follows from it is not.
 */
export function noteReason(request: Pick<FastifyRequest, 'raw'>, reason: string): void {
  attemptOf(request).reason ??= reason;
}

/** Keeps the code of the error that a request is answered with, by which refusals are counted. */
export function noteCode(request: Pick<FastifyRequest, 'raw'>, code: ErrorCode | OAuthErrorCode): void {
  attemptOf(request).code ??= code;
}
