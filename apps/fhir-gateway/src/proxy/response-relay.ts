import type { ServerResponse } from 'node:http';
import { MAX_COMPLETED_BYTES, tooCostly } from '@patient-access/fhir';
import type { FastifyReply } from 'fastify';
import type { Dispatcher } from 'undici';
import { type Headers, passOn } from './proxy-headers.ts';

/** What is done with an answer. */
export interface Treatment {
  /** Looks at its head before a byte of it is passed on; throws when it is not the answer to this request. */
  verify?(headers: Headers): void;
  /** Is it not for the client, or not yet? It is then given back instead of being passed on. */
  hold?(status: number, headers: Headers): boolean;
}

/** An answer that was held back. */
export interface Held {
  status: number;
  headers: Headers;
  body: Buffer;
}

type Controller = Dispatcher.DispatchController;

/** An answer up to this goes out with its head in one write, when it is complete; a longer one as it comes. */
const ONE_WRITE_BYTES = 64 * 1024;

/** Below it a status is information, and the answer comes later (RFC 9110 section 15.2). */
const FINAL = 200;

/** Where an answer's body goes: nowhere, to whoever asked for it, or to the client, whole or as it comes. */
type Mode = 'discarded' | 'held' | 'whole' | 'streamed';

/** Takes one answer of an upstream, as undici's dispatcher hands it over. */
export class Answering implements Dispatcher.DispatchHandler {
  private readonly reply: FastifyReply;
  private readonly client: ServerResponse;
  private readonly treatment: Treatment;
  private readonly resolve: (held?: Held) => void;
  private readonly reject: (error: unknown) => void;
  private controller: Controller | undefined;
  private mode: Mode = 'discarded';
  private status = 0;
  private headers: Headers = {};
  private chunks: Buffer[] = [];
  private bytes = 0;
  /** why nothing of it may be passed on */
  private refused: unknown;

  constructor(
    reply: FastifyReply,
    treatment: Treatment,
    resolve: (held?: Held) => void,
    reject: (error: unknown) => void,
  ) {
    this.reply = reply;
    this.client = reply.raw;
    this.treatment = treatment;
    this.resolve = resolve;
    this.reject = reject;
    this.client.once('close', this.onClientGone);
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.client.destroyed) this.onClientGone();
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (status < FINAL) return;
    try {
      this.treatment.verify?.(headers);
    } catch (error) {
      // What is left of it is taken, so that the connection can be used again.
      this.refused = error;
      return;
    }
    this.status = status;
    this.headers = headers;
    this.mode = this.treatment.hold?.(status, headers) ? 'held' : 'whole';
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.mode === 'discarded') return;
    if (this.mode === 'streamed') return this.pass(controller, chunk);
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.mode === 'held') {
      if (this.bytes > MAX_COMPLETED_BYTES) controller.abort(tooCostly());
    } else if (this.bytes > ONE_WRITE_BYTES) {
      this.mode = 'streamed';
      this.writeHead();
      this.pass(controller, this.body());
    }
  }

  onResponseEnd(): void {
    this.client.removeListener('close', this.onClientGone);
    if (this.refused !== undefined) return this.reject(this.refused);
    const { status, headers } = this;
    if (this.mode === 'held') return this.resolve({ status, headers, body: this.body() });
    if (this.mode === 'streamed') this.client.end();
    else {
      this.writeHead();
      this.client.end(this.body());
    }
    this.resolve();
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.client.removeListener('close', this.onClientGone);
    if (this.mode !== 'streamed') return this.reject(this.refused ?? error);
    this.client.destroy();
    this.resolve();
  }

  private writeHead(): void {
    this.reply.hijack();
    this.client.writeHead(this.status, passOn(this.headers) as Record<string, string>);
  }

  /** A client that reads slowly is waited for. */
  private pass(controller: Controller, chunk: Buffer): void {
    if (this.client.write(chunk)) return;
    controller.pause();
    this.client.once('drain', () => controller.resume());
  }

  private body(): Buffer {
    const [only, ...others] = this.chunks;
    this.chunks = [];
    return only && others.length === 0 ? only : Buffer.concat(only ? [only, ...others] : []);
  }

  private readonly onClientGone = () => this.controller?.abort(new Error('the client went away'));
}
