/** A file that is fetched is whole, or it is not read at all. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseAddress } from '../../fetch/address.ts';
import { downloadWhole } from '../../fetch/download.ts';
import { openSources } from '../../fetch/sources.ts';

const BODY = Buffer.from('{"resourceType":"Patient","id":"p"}\n'.repeat(100_000));
const HALF = BODY.length / 2;
const SHA256 = createHash('sha256').update(BODY).digest('hex');

type Answering = (request: IncomingMessage, response: ServerResponse, at: number) => void;

let folder: string;
let server: Server;
let base: string;
let answering: Answering;
let asked: { range: string | undefined; ifRange: string | undefined }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-fetch-'));
  server = createServer((request, response) => {
    const { range, 'if-range': ifRange } = request.headers;
    asked.push({ range, ifRange: ifRange as string | undefined });
    answering(request, response, asked.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => void (asked = []));

const whole = (response: ServerResponse, etag?: string) =>
  response.writeHead(200, { 'content-length': BODY.length, ...(etag && { etag }) });
/** Sends the first half, and closes the connection. */
const breakOff = (response: ServerResponse) =>
  response.write(BODY.subarray(0, HALF), () => response.destroy());

const fromOf = ({ headers }: IncomingMessage) => Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1]);
const sendFrom = (response: ServerResponse, from: number) =>
  response
    .writeHead(206, {
      'content-length': BODY.length - from,
      'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}`,
      etag: '"v1"',
    })
    .end(BODY.subarray(from));

const fetchTo = (name: string, text = `${base}/day.ndjson?signature=s3cr3t`) => {
  const file = join(folder, name);
  const options = { signal: new AbortController().signal, pauseMs: 1 };
  return downloadWhole(parseAddress(text), file, options).then(() => readFile(file));
};

describe('a download', () => {
  test('goes on where it broke off, with the same version of the file', async () => {
    answering = (request, response, at) => {
      if (at === 1) breakOff(whole(response, '"v1"'));
      else sendFrom(response, fromOf(request));
    };
    expect(BODY.equals(await fetchTo('resumed'))).toBe(true);
    expect(asked.length).toBe(2);
    expect(asked[1]?.ifRange).toBe('"v1"');
    expect(asked[1]?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect((await stat(join(folder, 'resumed'))).mode & 0o777).toBe(0o600);
  });

  test('begins again when the file is another one by now', async () => {
    answering = (_request, response, at) => {
      if (at === 1) breakOff(whole(response, '"v0"'));
      else whole(response, '"v1"').end(BODY);
    };
    expect(BODY.equals(await fetchTo('changed'))).toBe(true);
  });

  test('tries again when the server is busy, and follows redirects', async () => {
    answering = ({ url }, response, at) => {
      if (at === 1) response.writeHead(503).end();
      else if (url === '/elsewhere') whole(response).end(BODY);
      else response.writeHead(307, { location: '/elsewhere' }).end();
    };
    expect(BODY.equals(await fetchTo('busy'))).toBe(true);
  });

  test.each<[string, Answering, RegExp]>([
    ['the rest never comes', (_request, response) => breakOff(whole(response)), /not fetched: /],
    [
      'nobody says how long it is',
      (_request, response) => response.writeHead(200).end(BODY),
      /the server does not say how long the file is/,
    ],
    [
      'a redirect leads to plain HTTP',
      (_request, response) =>
        response.writeHead(302, { location: 'http://bucket.example/x?signature=s' }).end(),
      /^http:\/\/bucket\.example\/x: only https$/,
    ],
    [
      'redirects go round',
      (_request, response) => response.writeHead(302, { location: '/again' }).end(),
      /more than 3 redirects/,
    ],
    [
      'it is longer than the disk',
      (_request, response) => response.writeHead(200, { 'content-length': 1e15 }).end(),
      /there is no room/,
    ],
    [
      'the server sends another part',
      (_request, response, at) => {
        if (at === 1) breakOff(whole(response, '"v1"'));
        else
          response
            .writeHead(206, { 'content-range': 'bytes 0-9/10', 'content-length': 10 })
            .end('0123456789');
      },
      /another part than was asked for/,
    ],
    [
      'the server sends a part that nobody asked for',
      (_request, response) => sendFrom(response, 0),
      /another part than was asked for/,
    ],
    ['it is not there', (_request, response) => response.writeHead(404).end(), /HTTP 404$/],
  ])('fails when %s, and never tells what opens the address', async (_what, answer, message) => {
    answering = answer;
    const error = await fetchTo('failed').then(
      () => new Error('was fetched'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('signature');
  });

  test('has the digest that was given, or fails', async () => {
    answering = (_request, response) => whole(response).end(BODY);
    for (const digest of [SHA256, SHA256.toUpperCase()])
      expect(BODY.equals(await fetchTo('right', `${base}/day.ndjson#sha256=${digest}`))).toBe(true);
    await expect(fetchTo('wrong', `${base}/day.ndjson#sha256=${'0'.repeat(64)}`)).rejects.toThrow(
      `${base}/day.ndjson: is not the file whose SHA-256 was given`,
    );
  });
});

describe('the sources of an import', () => {
  const { signal } = new AbortController();

  test('are local files and fetched ones as they were named; what was fetched is removed at the end', async () => {
    answering = (_request, response) => whole(response).end(BODY);
    const local = join(folder, 'local.ndjson');
    await writeFile(local, BODY);
    const list = join(folder, 'further');
    await writeFile(list, `${base}/c/day.ndjson\n`);
    const sources = await openSources([`${base}/b/day.ndjson?signature=s3cr3t`, local], [list], signal);
    expect(sources.files.map(({ path, name }) => name ?? path)).toEqual([
      `${base}/b/day.ndjson`,
      local,
      `${base}/c/day.ndjson`,
    ]);
    const fetched = sources.files[0]?.path ?? '';
    expect(BODY.equals(await readFile(fetched))).toBe(true);
    await sources[Symbol.asyncDispose]();
    await expect(stat(fetched)).rejects.toThrow('ENOENT');
  });

  test('are refused with a line that is no address', async () => {
    const list = join(folder, 'list');
    await writeFile(list, `# of today\n${base}/day.ndjson\nday.ndjson\n`);
    await expect(openSources([], [list], signal)).rejects.toThrow(`${list}: line 3 is no address`);
    await writeFile(list, '\n');
    await expect(openSources([], [list], signal)).rejects.toThrow(`${list}: has no address`);
    await expect(openSources(['ftp:x', 'https://a.example/x#md5=0'], [], signal)).rejects.toThrow(
      'https://a.example/x: after # only sha256= and 64 digits',
    );
  });
});
