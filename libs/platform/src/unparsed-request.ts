/**
 * Answers to what Node's HTTP parser refuses, before there is a request: too large, too slow, or no HTTP; and to a request
 * for a tunnel. They are OperationOutcomes with a request id like all others, and written to the socket by hand.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type IncomingMessage, METHODS, type Server, STATUS_CODES } from 'node:http';
import { ERRORS, type ErrorCode, OperationError, operationOutcome } from '@patient-access/fhir';
import { REQUEST_ID_HEADER } from '@patient-access/internal-api';
import type { UnroutedAttempts } from './attempts/watch-attempts.ts';
import type { Logger } from './logging.ts';

/** URLs are shorter than this: what is longer is 414, whether or not it would still fit into the head of a request. */
export const MAX_URL_CHARACTERS = 16_000;

/** Time for a client that is still sending to read the answer: a reset connection would take it away. */
const LINGER_MS = 1_000;

/** What Node gives to listeners of `clientError`. */
interface ParserError extends Error {
  code?: string;
  /** the last bytes that came, of which the parser did not want to read more */
  rawPacket?: Buffer;
}

/** Method and request target at the start of the bytes, as far as they go. */
const TARGET = /^([A-Z]{1,16}) ([^ \r\n]*)/;
/** The end of a request line whose start came in earlier bytes. */
const END_OF_REQUEST_LINE = /^[^ \r\n]* HTTP\/1\.[01]\r?\n/;

/**
 * What made the head of a request too large. Node says how much it has read, but not where it was. Where the last bytes
 * are from the middle of one long value, it is taken for a URL: there is nothing else that is often so long.
 */
function tooLargeIn({ rawPacket }: ParserError): ErrorCode {
  const text = rawPacket?.toString('latin1') ?? '';
  const target = TARGET.exec(text)?.[2];
  const isUrl =
    target === undefined
      ? !text.includes('\n') || END_OF_REQUEST_LINE.test(text)
      : target.length >= MAX_URL_CHARACTERS;
  return isUrl ? 'url-too-long' : 'headers-too-large';
}

/** By Node's code of the error. Everything else is no HTTP. */
const CODES: Readonly<Record<string, (error: ParserError) => ErrorCode>> = {
  HPE_HEADER_OVERFLOW: tooLargeIn,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => 'body-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: () => 'request-timeout',
};

const codeOf = (error: ParserError): ErrorCode => CODES[error.code ?? '']?.(error) ?? 'request-invalid';

/** Sends the last bytes of a connection, and reads what still comes for a moment, so that they arrive. */
function endWith(socket: Socket, bytes: string): void {
  socket.removeAllListeners('data');
  socket.on('data', () => undefined);
  socket.end(bytes);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Is an answer on its way already? Bytes of ours would be read as a part of it. */
const isAnswering = (socket: Socket): boolean =>
  (socket as { _httpMessage?: { headersSent?: boolean } | null })._httpMessage?.headersSent === true;

/** Who answers here, and what takes the refusals for the audit trail. */
interface Edge {
  /** scheme and host that clients see */
  publicUrl: string;
  logger: Logger;
  attempts: UnroutedAttempts;
}

/** What is refused, as far as it is known. */
interface Refused {
  method: string;
  url: string;
  code: ErrorCode;
  /** Node's code of what is wrong */
  cause?: string | undefined;
}

/** Has a refusal recorded, and logged. @returns the error, and the id under which it is known */
function refuse({ logger, attempts }: Edge, socket: Socket, { method, url, code, cause }: Refused) {
  const requestId = randomUUID();
  const error = new OperationError(code, ERRORS[code].means);
  logger.info({ requestId, route: 'unparsed', status: error.status, code: cause });
  attempts.refuse({ requestId, address: socket.remoteAddress ?? '', method, url, error });
  return { requestId, error };
}

/** Refuses, and says so as the last bytes of the connection where they can be read as an answer. */
function endAt(edge: Edge, socket: Socket, refused: Refused): void {
  const { requestId, error } = refuse(edge, socket, refused);
  if (!socket.writable || isAnswering(socket)) return void socket.destroy();
  const body = operationOutcome(error, requestId, edge.publicUrl);
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/fhir+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `${REQUEST_ID_HEADER}: ${requestId}`,
    'connection: close',
  ];
  endWith(socket, `${head.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Node itself answers a request with an expectation that it does not know (417), and closes the connection of one for a
 * tunnel, and no hook sees either. The first is a request like any other, because an expectation may be passed over (RFC 9110
 * section 10.1.1); the second is refused.
 */
export function takeEveryRequest(server: Server, edge: Edge): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', ({ method = 'CONNECT', url = '' }: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    endAt(edge, socket, { method, url, code: 'request-invalid' });
  });
}

/** In the place of a method there may be any word. It is not told: each would be a count of its own in the trail. */
const UNKNOWN_METHOD = '(unknown)';

/** @returns Fastify's `clientErrorHandler` */
export function answerUnparsed(edge: Edge) {
  const refused = new WeakSet<Socket>();
  return (thrown: Error, socket: Socket): void => {
    const parserError = thrown as ParserError;
    // The parser complains again about each further piece of what it has refused.
    if (refused.has(socket)) return;
    refused.add(socket);
    if (parserError.code === 'ECONNRESET') return void socket.destroy();
    const [, word = '', url = ''] = TARGET.exec(parserError.rawPacket?.toString('latin1') ?? '') ?? [];
    const method = METHODS.includes(word) ? word : UNKNOWN_METHOD;
    endAt(edge, socket, { method, url, code: codeOf(parserError), cause: parserError.code });
  };
}
