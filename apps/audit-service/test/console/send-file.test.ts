/** A file that is made slowly is never silent for long, and stays the file that was signed. */
import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import type { Download } from '../../src/console/files/downloads.ts';
import { sendFile } from '../../src/console/files/send-file.ts';
import type { StreamedTrail } from '../../src/trail-request.ts';

const SILENCE_MS = 40;
const WORK_MS = 1_500;
const PIECES = ['when,what\r\n', 'x'.repeat(300_000), '', 'Complete\r\n'];
const FILE = PIECES.join('');
const filter = { from: '2026-11-01', to: '2026-11-30', zone: 'UTC', upto: '1' };

/** As of an accounting: its head is there at once, and the rest after all events have been read. */
async function* slowly(failing: boolean) {
  for (const [at, piece] of PIECES.entries()) {
    if (at === 1) await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    if (at === 2 && failing) throw new Error('the database has gone');
    yield piece;
  }
}

interface Got {
  bytes: Buffer;
  headers: IncomingMessage['headers'];
  /** did the body come to its end? */
  isWhole: boolean;
  longestSilenceMs: number;
}

function fetchFile(url: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      const chunks: Buffer[] = [];
      let [last, longestSilenceMs] = [performance.now(), 0];
      response.on('data', (chunk: Buffer) => {
        longestSilenceMs = Math.max(longestSilenceMs, performance.now() - last);
        last = performance.now();
        chunks.push(chunk);
      });
      response.on('error', () => undefined);
      response.once('close', () =>
        resolve({
          bytes: Buffer.concat(chunks),
          headers: response.headers,
          isWhole: response.complete,
          longestSilenceMs,
        }),
      );
    }).once('error', reject);
  });
}

describe('a file that is made slowly', () => {
  let server: FastifyInstance;
  let url: string;
  const sent: StreamedTrail[] = [];
  beforeAll(async () => {
    server = fastify();
    server.get<{ Querystring: Record<string, string> }>('/file', async ({ query }, reply) => {
      const file: Download = {
        ...{ type: 'text/csv', pieces: slowly('failing' in query), filter, brokenOff: 'INCOMPLETE\r\n' },
        ...('meanwhile' in query && { meanwhile: ' ' }),
        counted: { events: 3, members: new Set<string>() },
      };
      const sending = { headers: {}, gzip: 'gzip' in query, onError: () => undefined, silenceMs: SILENCE_MS };
      sent.push(await sendFile(reply, file, sending));
    });
    url = `${await server.listen({ port: 0, host: '127.0.0.1' })}/file`;
  });
  afterAll(() => server.close());

  it('shows with empty blocks that somebody is at work, where the reader takes gzip', async () => {
    const { bytes, headers, isWhole, longestSilenceMs } = await fetchFile(`${url}?gzip`);
    expect([headers['content-encoding'], isWhole]).toEqual(['gzip', true]);
    expect(gunzipSync(bytes).toString()).toBe(FILE);
    expect(longestSilenceMs).toBeLessThan(WORK_MS / 2);
    const bodyHash = createHash('sha256').update(FILE).digest('hex');
    expect(sent.at(-1)).toMatchObject({ stream: 'complete', events: 3, bodyHash });
  });

  it('is the same without compression, and silent where its form has no way to say nothing', async () => {
    const plain = await fetchFile(url);
    expect([plain.bytes.toString(), plain.isWhole]).toEqual([FILE, true]);
    expect(plain.longestSilenceMs).toBeGreaterThan(WORK_MS / 2);
    const spaced = await fetchFile(`${url}?meanwhile`);
    expect(spaced.bytes.toString().replaceAll(/(?<=\n) +/g, '')).toBe(FILE);
    expect(spaced.longestSilenceMs).toBeLessThan(WORK_MS / 2);
    const bodyHash = createHash('sha256').update(spaced.bytes).digest('hex');
    expect(sent.at(-1)).toMatchObject({ stream: 'complete', bodyHash });
  });

  it.each(['?failing', '?failing&gzip'])('that breaks off says so, and has no end: %s', async (query) => {
    const { bytes, isWhole } = await fetchFile(`${url}${query}`);
    expect(isWhole).toBe(false);
    if (query.includes('gzip')) expect(() => gunzipSync(bytes)).toThrow('unexpected end');
    else expect(bytes.toString()).toMatch(/INCOMPLETE\r\n$/);
    expect(sent.at(-1)).toMatchObject({ stream: 'interrupted' });
  });
});
