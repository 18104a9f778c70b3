import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { forbidden } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { attemptOf, createLogger, createService, noteReason, noteRecorded } from '../../src/index.ts';
import { serviceWith } from '../service-with.ts';
import { rulesOf } from './rules.ts';

const PUBLIC_URL = 'https://plan.example';
const SECRET = 'what nobody may see without an event';
const TUNNEL = 'CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n';
/** How often a stream without an end went on. */
let streamed = 0;
const CALLER = { tenant: 'lakeside', caller: { client: { id: 'diary' }, grantId: 'grant-1' } };

@Controller()
class Routes {
  /** The canary: a route that somebody has added and forgotten. */
  @Get('forgotten')
  forgotten(): string {
    return SECRET;
  }

  /** Another canary: it refuses in its own way, and nobody noticed. */
  @Get('sent-away')
  sentAway(@Res() reply: FastifyReply): void {
    void reply.redirect('/login', 303);
  }

  @Get('sent-to-login')
  sentToLogin(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    attemptOf(request).known = CALLER;
    noteReason(request, 'login-required');
    void reply.redirect('/login', 303);
  }

  @Get('leads-on')
  leadsOn(@Res() reply: FastifyReply): void {
    void reply.redirect('/next', 303);
  }

  @Get('recorded')
  recorded(@Req() request: FastifyRequest): string {
    noteRecorded(request, { isRefusal: false });
    return 'ok';
  }

  @Get('public')
  open(): string {
    return 'ok';
  }

  @Get('refused')
  refused(@Req() request: FastifyRequest): string {
    attemptOf(request).known = CALLER;
    noteReason(request, 'not-yours');
    throw forbidden('no-member');
  }

  @Get('failed')
  failed(): string {
    throw new Error('broken');
  }

  @Post('body')
  body(): string {
    return SECRET;
  }

  @Get('endless')
  endless(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    attemptOf(request).known = CALLER;
    noteRecorded(request, { isRefusal: false });
    void reply.send(
      Readable.from(
        (async function* () {
          for (;;) {
            streamed += 1;
            yield 'x'.repeat(1_000);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        })(),
      ),
    );
  }

  @Get('waiting')
  async waiting(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
    return 'late';
  }
}

describe('every request to a service', () => {
  const { rules: some, delivered } = rulesOf({ 'GET /public': 'says nothing' }, 0.1);
  const rules = { ...some, leadsOn: { 'GET /leads-on': 'is the way to what leaves its event' } };
  let app: NestFastifyApplication;
  let url: string;
  beforeAll(async () => {
    app = await serviceWith(Routes, rules);
    await app.listen(0, '127.0.0.1');
    url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  });
  afterAll(async () => {
    await rules.counter.stop();
    await app.close();
  });

  /** @returns the one report about what was done */
  async function reportOf(act: () => Promise<unknown>) {
    delivered.length = 0;
    await act();
    await waitUntil(() => delivered.length > 0);
    expect(delivered).toHaveLength(1);
    return delivered[0];
  }

  async function opened(bytes: string) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  }

  /** Sends bytes, and closes the connection when some came back, or after `ms`. */
  async function send(bytes: string, ms?: number): Promise<string> {
    const socket = await opened(bytes);
    const text = ms === undefined ? String((await once(socket, 'data'))[0]) : '';
    if (ms !== undefined) await new Promise((resolve) => setTimeout(resolve, ms));
    socket.destroy();
    return text;
  }
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: plan.example\r\n\r\n`;

  test('is answered with 500, and not with data, where a route forgot its event', async () => {
    const report = await reportOf(async () => {
      const answer = await fetch(`${url}/forgotten`);
      expect(answer.status).toBe(500);
      expect(await answer.text()).not.toContain(SECRET);
    });
    expect(report).toMatchObject({ outcome: '12', tenant: 'northwind' });
  });

  test('leaves nothing more where its handler has recorded it, or where the table says why not', async () => {
    delivered.length = 0;
    for (const path of ['recorded', 'public']) expect((await open(path)).status).toBe(200);
    expect((await open('leads-on')).status).toBe(303);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(delivered).toEqual([]);
  });

  const open = (path: string) => fetch(`${url}/${path}`, { redirect: 'manual' });

  test('that is sent away without an event is in the trail as one of which nothing was recorded', async () => {
    const report = await reportOf(() => open('sent-away'));
    expect(report).toMatchObject({ reason: 'unrecorded', outcome: '12', request: 'GET /sent-away' });
  });

  test('that is refused by a redirection leaves its event, with caller and reason', async () => {
    const report = await reportOf(async () => {
      expect((await open('sent-to-login')).status).toBe(303);
    });
    expect(report).toMatchObject({
      ...{ tenant: 'lakeside', reason: 'login-required', outcome: '4', request: 'GET /sent-to-login' },
      caller: CALLER.caller,
    });
  });

  test('that is refused to a known caller leaves an event of its own, with caller and reason', async () => {
    const report = await reportOf(() => fetch(`${url}/refused`));
    expect(report).toMatchObject({
      tenant: 'lakeside',
      reason: 'not-yours',
      outcome: '4',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      request: 'GET /refused',
      caller: CALLER.caller,
    });
  });

  test.each([
    ['that fails', () => fetch(`${url}/failed`), 'server-error', '12'],
    ['to no route', () => fetch(`${url}/nothing`), 'not-found', '4'],
    ['with an unknown method', () => send('BREW / HTTP/1.1\r\nhost: x\r\n\r\n'), 'request-invalid', '4'],
    ['that is no HTTP', () => send('hello\r\n\r\n'), 'request-invalid', '4'],
    [
      'with an expectation that is none',
      () => send('GET /nothing HTTP/1.1\r\nhost: x\r\nexpect: a-miracle\r\n\r\n'),
      'not-found',
      '4',
    ],
    ['for a tunnel', () => send(TUNNEL), 'request-invalid', '4'],
    ['with bad percent-encoding', () => send(get('/%zz')), 'request-invalid', '4'],
    [
      'with a body that is too large',
      () =>
        fetch(`${url}/body`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: `"${'x'.repeat(70_000)}"`,
        }),
      'body-too-large',
      '4',
    ],
    [
      'with headers that are too large',
      () => send(`GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(30_000)}\r\n`),
      'headers-too-large',
      '4',
    ],
    ['whose client leaves before the answer', () => send(get('/waiting'), 100), 'client-left', '4'],
  ])('%s is counted with its reason', async (_, act, reason, outcome) => {
    const report = await reportOf(act);
    expect(report).toMatchObject({ reason, outcome, count: 1, address: '127.0.0.1' });
    expect(report).not.toHaveProperty('requestId');
  });

  test('behind another one of its connection ends with the connection', async () => {
    delivered.length = 0;
    await send(`${get('/waiting')}${get('/recorded')}${get('/refused')}`, 200);
    await waitUntil(() => delivered.length >= 3);
    expect(delivered.map(({ request, reason }) => [request, reason]).sort()).toEqual([
      ['GET /recorded', 'client-left'],
      ['GET /refused', 'not-yours'],
      ['GET /waiting', 'client-left'],
    ]);
  });

  // For a tunnel Node takes its own listeners from the connection, and no longer ends the answers that wait.
  test('behind another one ends with the connection also where a request for a tunnel ends that', async () => {
    delivered.length = 0;
    const before = streamed;
    const socket = await opened(`${get('/waiting')}${get('/refused')}${get('/endless')}`);
    await waitUntil(() => streamed > before);
    socket.write(TUNNEL);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 400 /);
    await waitUntil(() => delivered.length >= 4);
    expect(delivered.map(({ request, reason }) => [request, reason]).sort()).toEqual([
      ['CONNECT (no route)', 'request-invalid'],
      ['GET /endless', 'client-left'],
      ['GET /refused', 'not-yours'],
      ['GET /waiting', 'client-left'],
    ]);
    expect(delivered.find(({ request }) => request === 'GET /endless')).toMatchObject({ interrupted: true });
  });

  test('for a tunnel says nothing into an answer that is under way', async () => {
    delivered.length = 0;
    const socket = await opened(get('/endless'));
    let text = '';
    socket.on('data', (bytes) => (text += String(bytes)));
    await once(socket, 'data');
    socket.write(`${get('/recorded')}${TUNNEL}`);
    await once(socket, 'close');
    expect(text.split('HTTP/1.1 ')).toHaveLength(2);
    await waitUntil(() => delivered.length >= 3);
    expect(delivered.map(({ request, reason }) => [request, reason]).sort()).toEqual([
      ['CONNECT (no route)', 'request-invalid'],
      ['GET /endless', 'client-left'],
      ['GET /recorded', 'client-left'],
    ]);
  });

  test('is not all that came: what is no HTTP behind it is counted too', async () => {
    delivered.length = 0;
    const socket = await opened(get('/endless'));
    await once(socket, 'data');
    socket.write('MARIA /v2/* HTTP/1.1\r\n\r\n');
    await waitUntil(() => delivered.length >= 2);
    expect(delivered.map(({ reason, request }) => [reason, request]).sort()).toEqual([
      ['client-left', 'GET /endless'],
      ['request-invalid', '(unknown) (no route)'],
    ]);
  });

  test('whose answer breaks off is recorded as interrupted, under the same request id', async () => {
    const id = '019abcde-0000-7000-8000-000000000001';
    const report = await reportOf(() =>
      send(`GET /endless HTTP/1.1\r\nhost: plan.example\r\nx-request-id: ${id}\r\n\r\n`),
    );
    expect(report).toMatchObject({
      requestId: id,
      interrupted: true,
      reason: 'client-left',
      caller: CALLER.caller,
    });
  });
});

test('needs a counter: without rules no service starts', async () => {
  const module = { module: class Root {}, controllers: [Routes] };
  await expect(
    createService(module, createLogger('routes', 'silent'), { publicUrl: PUBLIC_URL }),
  ).rejects.toThrow(/attempt rules/);
});
