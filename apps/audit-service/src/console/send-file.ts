/** Sends a file while it is made. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { StreamedTrail } from '../trail-request.ts';
import type { Download } from './downloads.ts';

/** A client that takes nothing for so long has gone away. */
const TAKEN_MS = 120_000;

/** Waits for a reader that is slow. @throws Error when the reader has gone */
async function write(response: FastifyReply['raw'], bytes: Buffer): Promise<void> {
  if (response.destroyed) throw new Error('the reader has gone');
  if (response.write(bytes)) return;
  const signal = AbortSignal.timeout(TAKEN_MS);
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
}

/**
 * Writes head and body. What breaks off says so in its last line, and its connection is cut, so that neither a reader of
 * the file nor an HTTP client takes it for a whole one.
 *
 * @param headers of the response
 * @returns what was sent, for the event
 */
export async function sendFile(
  reply: FastifyReply,
  { pieces, counted, filter: { upto }, brokenOff }: Download,
  headers: Record<string, string>,
  onError: (error: unknown) => void,
): Promise<StreamedTrail> {
  const [response, hash] = [reply.hijack().raw, createHash('sha256')];
  response.writeHead(200, headers);
  response.flushHeaders();
  const sent = (stream: StreamedTrail['stream']): StreamedTrail => ({
    stream,
    events: counted.events,
    members: counted.members,
    upto,
    bodyHash: hash.copy().digest('hex'),
  });
  try {
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece);
      hash.update(bytes);
      if (bytes.length > 0) await write(response, bytes);
    }
    await new Promise<void>((resolve, reject) => {
      response.once('close', () =>
        response.writableFinished ? resolve() : reject(new Error('the reader has gone')),
      );
      response.end(resolve);
    });
    return sent('complete');
  } catch (error) {
    onError(error);
    const last = Buffer.from(brokenOff ?? '');
    if (!response.destroyed) {
      hash.update(last);
      // No end of the body is sent: the connection ends in the middle of it.
      await new Promise<void>((resolve) => response.write(last, () => resolve()));
      response.destroy();
    }
    return sent('interrupted');
  }
}
