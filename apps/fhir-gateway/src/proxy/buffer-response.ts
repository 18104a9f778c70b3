/** Receives a whole response of a service into memory. */
import { tooCostly } from '@patient-access/fhir';
import { MAX_COMPLETED_BYTES } from '@patient-access/internal-api';
import type { Dispatcher, Pool } from 'undici';
import type { Headers } from './proxy-headers.ts';

export interface WholeResponse {
  status: number;
  body: string;
}

type Controller = Dispatcher.DispatchController;

/** A response with a status below this is interim, and the final response comes later (RFC 9110 section 15.2). */
const FINAL = 200;

/** The receiver of one response, in the interface of undici's dispatcher. */
class ResponseBuffer implements Dispatcher.DispatchHandler {
  private readonly verify: (headers: Headers) => void;
  private readonly resolve: (response: WholeResponse) => void;
  private readonly reject: (error: unknown) => void;
  /** undefined until the head was accepted */
  private status: number | undefined;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(
    verify: (headers: Headers) => void,
    resolve: (response: WholeResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.verify = verify;
    this.resolve = resolve;
    this.reject = reject;
  }

  onRequestStart(): void {
    // There is nothing to prepare. undici requires this method.
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    if (status < FINAL) return;
    try {
      this.verify(headers);
    } catch (error) {
      // A connection on which a wrong response came may bring another one, so it is closed and not used again.
      controller.abort(error as Error);
      return;
    }
    this.status = status;
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.status === undefined) return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > MAX_COMPLETED_BYTES) controller.abort(tooCostly());
  }

  onResponseEnd(): void {
    if (this.status === undefined) return this.reject(new Error('the head of the response was refused'));
    this.resolve({ status: this.status, body: Buffer.concat(this.chunks).toString() });
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.reject(error);
  }
}

/**
 * Sends a request and reads the whole response.
 *
 * @param verify throws when this is not the response to this request; the connection is then closed
 * @throws whatever `verify` throws; OperationError 400 for a response that is too large; an error of undici
 */
export function bufferResponse(
  pool: Pool,
  options: Dispatcher.DispatchOptions,
  verify: (headers: Headers) => void,
): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    pool.dispatch(options, new ResponseBuffer(verify, resolve, reject));
  });
}
