import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection, requestBytes } from './connection.ts';

const BODY = 'x'.repeat(200_000);

describe('Connection', () => {
  let server: Server;
  let url: URL;
  let connection: Connection;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/broken') request.socket.destroy();
      else if (request.url === '/chunked')
        response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('one');
      else if (request.url === '/empty') response.writeHead(304).end();
      else {
        response.writeHead(Number(request.headers['x-status']), { 'content-length': BODY.length });
        response.write(BODY.slice(0, 10));
        setImmediate(() => response.end(BODY.slice(10)));
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    connection = new Connection(url);
  });
  afterAll(() => {
    connection.close();
    server.close();
  });

  const ask = (path: string, status = '200') =>
    new Promise<[number, number]>((done) =>
      connection.send(requestBytes(url, path, { 'x-status': status }), (...answer) => done(answer)),
    );

  it('reads answers that come in pieces, one after the other', async () => {
    for (const status of [200, 503, 200]) {
      const [answered, bytes] = await ask('/', String(status));
      expect(answered).toBe(status);
      expect(bytes).toBeGreaterThan(BODY.length);
    }
  });

  it.each(['/broken', '/chunked', '/empty'])('says 0 of %s, and connects again', async (path) => {
    expect(await ask(path)).toEqual([0, expect.any(Number)]);
    expect((await ask('/'))[0]).toBe(200);
  });
});
