/** A stop waits for answers, and not for connections that nobody has used. */
import 'reflect-metadata';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectByTls } from 'node:tls';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { makeAuthority, makeCertificate, waitUntil } from '@patient-access/testing';
import { Client } from 'undici';
import { ATTEMPT_RULES, createLogger, createService, METRICS, Metrics } from '../../src/index.ts';
import { ServiceTls } from '../../src/service-tls/service-tls.ts';
import { rulesOf } from '../attempts/rules.ts';

/** Less than the deadline of a request, after which Node would close the connection. */
const SOON_MS = 2_000;

let asked = 0;

@Controller()
class Waiting {
  @Get('waiting')
  async waiting(): Promise<string> {
    asked += 1;
    await delay(60_000, undefined, { ref: false });
    return 'late';
  }
}

const folder = mkdtempSync(join(tmpdir(), 'patient-access-unused-'));
const ours = makeAuthority(folder, 'ours');
const pair = makeCertificate(folder, ours, 'claims-service');
const tls = ServiceTls.of('claims-service', {
  SERVICE_CA_FILE: ours.certificateFile,
  SERVICE_CERTIFICATE_FILE: pair.certificateFile,
  SERVICE_KEY_FILE: pair.keyFile,
})?.serverOptions();

let app: NestFastifyApplication;
let sockets: Socket[];
let connections: number;
const port = () => ((app.getHttpServer() as Server).address() as AddressInfo).port;
async function start(options: { tls?: typeof tls } = {}): Promise<void> {
  const module = {
    module: class Root {},
    controllers: [Waiting],
    providers: [
      { provide: METRICS, useValue: new Metrics() },
      { provide: ATTEMPT_RULES, useValue: rulesOf({ 'GET /waiting': 'says nothing' }).rules },
    ],
  };
  const made = await createService(module, createLogger('test', 'silent'), {
    publicUrl: 'https://plan.example',
    ...options,
  });
  await made.listen(0, '127.0.0.1');
  (made.getHttpServer() as Server).on('connection', () => (connections += 1));
  app = made;
}

beforeEach(() => {
  [sockets, connections] = [[], 0];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await app.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const stops = () => Promise.race([app.close().then(() => 'stopped'), delay(SOON_MS, 'still there')]);

test.each(['HTTP', 'TLS', 'TLS, and has shaken hands'])(
  'a client that has only connected by %s',
  async (by) => {
    await start(by === 'HTTP' ? {} : { tls });
    if (by.includes('hands')) {
      const socket = connectByTls({ port: port(), host: '127.0.0.1', ...tls });
      sockets.push(socket);
      await once(socket, 'secureConnect');
    } else sockets.push(connect(port(), '127.0.0.1'));
    await waitUntil(() => connections === 1);
    // The server takes a moment for its side of the handshake.
    await delay(100);
    expect(await stops()).toBe('stopped');
  },
);

test('a client of undici that has given its request up, and connects again', async () => {
  await start();
  const client = new Client(`http://127.0.0.1:${port()}`, { keepAliveTimeout: 600_000 });
  const leaving = new AbortController();
  const before = asked;
  const given = client.request({ method: 'GET', path: '/waiting', signal: leaving.signal });
  await waitUntil(() => asked > before);
  leaving.abort();
  await expect(given).rejects.toThrow();
  await waitUntil(() => connections === 2);
  expect(await stops()).toBe('stopped');
  await client.destroy();
});

test('half a request is awaited, and answered when it is whole', async () => {
  await start();
  const socket = connect(port(), '127.0.0.1');
  sockets.push(socket);
  socket.write('GET /waiting HTTP/1.1\r\n');
  await waitUntil(() => connections === 1);
  await delay(100);
  const stopped = stops();
  await delay(100);
  socket.write('host: plan.example\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 503 /);
  expect(await stopped).toBe('stopped');
});

test('a request that was on its way when the stop began is answered', async () => {
  await start();
  const socket = connect(port(), '127.0.0.1');
  sockets.push(socket);
  await waitUntil(() => connections === 1);
  const stopped = stops();
  await delay(300);
  socket.write('GET /waiting HTTP/1.1\r\nhost: plan.example\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 503 /);
  expect(await stopped).toBe('stopped');
});
