/** Sends a file while it is made. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { StreamedTrail } from '../../trail-request.ts';
import type { Download } from './downloads.ts';
import { asGzip, asItIs } from './file-form.ts';

/** A client that takes nothing for so long has gone away. */
const TAKEN_MS = 120_000;
/** The gateway waits for eight times as long. */
const SILENCE_MS = 15_000;

/** Waits for a reader that is slow. @throws Error when the reader has gone */
async function write(response: FastifyReply['raw'], bytes: Buffer): Promise<void> {
  if (response.destroyed) throw new Error('the reader has gone');
  if (bytes.length === 0 || response.write(bytes)) return;
  const signal = AbortSignal.timeout(TAKEN_MS);
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
}

const ended = (response: FastifyReply['raw'], last: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    response.once('close', () =>
      response.writableFinished ? resolve() : reject(new Error('the reader has gone')),
    );
    response.end(last, () => resolve());
  });

/** Between two pieces nothing is being written, unless the reader is slow: then there is no silence. */
function breakSilence(
  response: FastifyReply['raw'],
  nothing: Buffer | undefined,
  silenceMs: number,
  onSent: (bytes: Buffer) => void,
): NodeJS.Timeout {
  return setInterval(() => {
    if (!nothing || response.writableNeedDrain || response.destroyed) return;
    onSent(nothing);
    response.write(nothing);
  }, silenceMs);
}

export interface Sending {
  headers: Record<string, string>;
  /** whether the reader takes it compressed */
  gzip: boolean;
  onError: (error: unknown) => void;
  /** after which silence something is sent, where the form has a way to say nothing */
  silenceMs?: number;
}

/**
 * Writes head and body. What breaks off says so in its last line, and its connection is cut, so that neither a reader of
 * the file nor an HTTP client takes it for a whole one.
 *
 * @returns what was sent, for the event: the hash is that of the file, however it travelled
 */
export async function sendFile(
  reply: FastifyReply,
  { pieces, counted, filter: { upto }, brokenOff, meanwhile }: Download,
  { headers, gzip, onError, silenceMs = SILENCE_MS }: Sending,
): Promise<StreamedTrail> {
  const [response, hash] = [reply.hijack().raw, createHash('sha256')];
  const form = gzip ? asGzip() : asItIs(meanwhile);
  const sent = (stream: StreamedTrail['stream']): StreamedTrail => ({
    stream,
    events: counted.events,
    members: counted.members,
    upto,
    bodyHash: hash.copy().digest('hex'),
  });
  const formed = (bytes: Buffer): Promise<Buffer> => {
    hash.update(bytes);
    return bytes.length === 0 ? Promise.resolve(bytes) : form.of(bytes);
  };
  response.writeHead(200, { ...headers, ...form.headers });
  response.flushHeaders();
  const beat = breakSilence(response, form.nothing, silenceMs, (bytes) => void (gzip || hash.update(bytes)));
  try {
    await write(response, form.head);
    for await (const piece of pieces) await write(response, await formed(Buffer.from(piece)));
    clearInterval(beat);
    await ended(response, form.end());
    return sent('complete');
  } catch (error) {
    clearInterval(beat);
    onError(error);
    if (!response.destroyed) {
      const last = await formed(Buffer.from(brokenOff ?? ''));
      // No end of the body is sent: the connection ends in the middle of it.
      await new Promise<void>((resolve) => response.write(last, () => resolve()));
      response.destroy();
    }
    return sent('interrupted');
  }
}
