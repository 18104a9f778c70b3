import type { ServerResponse } from 'node:http';
import { tooCostly } from '@patient-access/fhir';
import { MAX_COMPLETED_BYTES, ROOM_HEADER } from '@patient-access/internal-api';
import { noteReason } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import type { Dispatcher } from 'undici';
import { subscriberNetworkOf } from '../quotas/subscriber-network.ts';
import { endToEndHeaders, type Headers } from './proxy-headers.ts';
import type { StandingAnswers } from './standing-answers.ts';

/** What the relay asks about a response before it passes on any byte. */
export interface RelayChecks {
  /** Throws when this is not the response to this request. */
  verify?(headers: Headers): void;
  /** Is the response made while it is sent? Its head and each of its bytes are then passed on at once. */
  mustStream?(headers: Headers): boolean;
  /** Does the caller of the relay need the response? The relay then buffers it and returns it. */
  mustBuffer?(headers: Headers): boolean;
  /** Is a response that is too large to be buffered good for the client as it is? Else it is refused. */
  mayPass?(headers: Headers): boolean;
}

/** A response that was not passed on. */
export interface BufferedResponse {
  status: number;
  headers: Headers;
  body: Buffer;
}

type Controller = Dispatcher.DispatchController;

/** A complete response up to this size is sent in one write with its head. A longer one is streamed. */
const ONE_WRITE_BYTES = 64 * 1024;

/** A response with a status below this is interim, and the final response comes later (RFC 9110 section 15.2). */
const FINAL = 200;

/** The service broke off in the middle of an answer of which a part was sent. */
const BROKE_OFF = 'service-broke-off';
/** Its client did not read on, and too many others did not either. */
const NOT_READ = 'client-does-not-read';

const NOT_MODIFIED = 304;
/** A 304 has no content, and these would be of another one than the client has (RFC 9110 sections 8.6 and 15.4.5). */
const ABOUT_CONTENT = ['content-length', 'content-type'];
/** A page that is passed on is not filled. */
const NOT_PASSED_ON = [ROOM_HEADER];

/**
 * What happens to the body: it is dropped until the head was accepted. Then it is returned to the caller of the relay, or
 * sent to the client as a whole or in a stream. What is too large for that, or is made while it is sent, is streamed.
 */
type Mode = 'discarded' | 'buffered' | 'whole' | 'streamed';

/** Passes one response of a service on to the client, in the interface of undici's dispatcher. */
export class ResponseRelay implements Dispatcher.DispatchHandler {
  private readonly reply: FastifyReply;
  private readonly client: ServerResponse;
  private readonly checks: RelayChecks;
  private readonly standing: StandingAnswers;
  private readonly resolve: (buffered?: BufferedResponse) => void;
  private readonly reject: (error: unknown) => void;
  private controller: Controller | undefined;
  private mode: Mode = 'discarded';
  private status = 0;
  private headers: Headers = {};
  private chunks: Buffer[] = [];
  private bytes = 0;
  /** set while the client does not read on */
  private goesOn: (() => void) | undefined;

  /** @param standing of the service that answers */
  constructor(
    reply: FastifyReply,
    checks: RelayChecks,
    standing: StandingAnswers,
    resolve: (buffered?: BufferedResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.reply = reply;
    this.client = reply.raw;
    this.checks = checks;
    this.standing = standing;
    this.resolve = resolve;
    this.reject = reject;
    this.client.once('close', this.onClientGone);
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.client.destroyed) this.onClientGone();
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    if (status < FINAL) return;
    try {
      this.checks.verify?.(headers);
    } catch (error) {
      // A connection on which a wrong response came may bring another one, so it is closed and not used again.
      controller.abort(error as Error);
      return;
    }
    this.status = status;
    this.headers = headers;
    if (this.checks.mustStream?.(headers)) return this.stream();
    this.mode = this.checks.mustBuffer?.(headers) ? 'buffered' : 'whole';
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.mode === 'discarded') return;
    if (this.mode === 'streamed') return this.pass(controller, chunk);
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes <= (this.mode === 'buffered' ? MAX_COMPLETED_BYTES : ONE_WRITE_BYTES)) return;
    if (this.mode === 'buffered' && !this.checks.mayPass?.(this.headers))
      return controller.abort(tooCostly());
    this.mode = 'streamed';
    this.writeHead();
    this.pass(controller, this.body());
  }

  onResponseEnd(): void {
    this.client.removeListener('close', this.onClientGone);
    const { status, headers } = this;
    if (this.mode === 'discarded') return this.reject(new Error('the head of the response was refused'));
    if (this.mode === 'buffered') return this.resolve({ status, headers, body: this.body() });
    if (this.mode === 'streamed') this.client.end();
    else {
      this.writeHead();
      this.client.end(this.body());
    }
    this.resolve();
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.client.removeListener('close', this.onClientGone);
    this.goesOn?.();
    if (this.mode !== 'streamed') return this.reject(error);
    if (!this.client.destroyed) noteReason(this.reply.request, BROKE_OFF);
    this.client.destroy();
    this.resolve();
  }

  /** Sends the head before there is a body: a client, and a proxy before it, see that the answer has begun. */
  private stream(): void {
    this.mode = 'streamed';
    this.writeHead();
    this.client.flushHeaders();
  }

  private writeHead(): void {
    this.reply.hijack();
    const without = this.status === NOT_MODIFIED ? [...ABOUT_CONTENT, ...NOT_PASSED_ON] : NOT_PASSED_ON;
    this.client.writeHead(this.status, endToEndHeaders(this.headers, without) as Record<string, string>);
  }

  /** Waits for a client that reads slowly. */
  private pass(controller: Controller, chunk: Buffer): void {
    if (this.client.write(chunk)) return;
    controller.pause();
    this.goesOn = this.standing.add({
      network: subscriberNetworkOf(this.reply.request.ip),
      breakOff: () => {
        noteReason(this.reply.request, NOT_READ);
        controller.abort(new Error('the client does not read'));
      },
    });
    this.client.once('drain', () => {
      this.goesOn?.();
      controller.resume();
    });
  }

  private body(): Buffer {
    const [only, ...others] = this.chunks;
    this.chunks = [];
    return only && others.length === 0 ? only : Buffer.concat(only ? [only, ...others] : []);
  }

  private readonly onClientGone = () => this.controller?.abort(new Error('the client went away'));
}
