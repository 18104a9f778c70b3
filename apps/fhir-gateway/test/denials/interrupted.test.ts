import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptReport } from '@patient-access/events';
import { REFUSAL_RECORDED_HEADER } from '@patient-access/internal-api';
import { waitUntil } from '@patient-access/testing';
import { asApp, asOwner, bind, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const MEGABYTE = 1_000_000;

describe('A21: an answer that broke off is reported as interrupted, under the id of its request', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld({ DENIAL_REPORT_SECONDS: '0.2' });
    token = newToken(world);
  });
  afterEach(() => void (world.owner.handle = asOwner));
  afterAll(() => world?.stop());

  const reports = () =>
    world.auth.received
      .filter(({ url }) => url === '/internal/attempts')
      .flatMap(({ body }) => JSON.parse(body) as AttemptReport[]);

  async function expectInterrupted(reason: string): Promise<void> {
    const ids = world.owner.received.map(({ headers }) => headers['x-request-id']);
    await waitUntil(() => reports().length > 0);
    expect(reports()).toMatchObject([
      {
        interrupted: true,
        reason,
        requestId: ids.at(-1),
        caller: { member: 'anna', client: { id: 'app-1' } },
      },
    ]);
    world.auth.received.length = 0;
  }

  /** Asks for a page. @returns the connection, for somebody who leaves */
  function begin(bearer: string): Socket {
    const { hostname, port } = new URL(world.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET ${NORTHWIND_BASE}/Observation HTTP/1.1\r\nhost: plan.example\r\nauthorization: Bearer ${bearer}\r\n\r\n`,
    );
    return socket;
  }

  it('because the client left in the middle', async () => {
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.write('x'.repeat(MEGABYTE));
    };
    const socket = begin(token);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await expectInterrupted('client-left');
  });

  it('because the owner died in the middle', async () => {
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.write('x'.repeat(MEGABYTE));
      setTimeout(() => response.destroy(), 50);
    };
    await expect(asApp(world, token, 'Observation')).rejects.toThrow();
    await expectInterrupted('service-broke-off');
  });

  it('because the client got an error although the owner had recorded a disclosure', async () => {
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.setHeader('content-length', '1000').write('{"resourceType":');
      setTimeout(() => response.destroy(), 50);
    };
    expect((await asApp(world, token, 'Observation/1')).status).toBe(503);
    await expectInterrupted('unavailable');
  });

  it.each([
    [
      'another owner',
      'application/fhir+json; charset=utf-8',
      JSON.stringify({
        resourceType: 'OperationOutcome',
        issue: [{ details: { coding: [{ code: 'unavailable' }] } }],
      }),
      'unavailable',
    ],
    ['a proxy before another owner', 'text/plain', 'upstream connect error', 'http-503'],
  ])('because %s refused the next part of it', async (_name, type, body, reason) => {
    const page = '{"resourceType":"Bundle","type":"searchset","link":[]}';
    world.owner.handle = (request, response) => {
      bind(request, response);
      if (request.url.includes('_part=claims-service'))
        return response.writeHead(503, { 'content-type': type }).end(body);
      return response.setHeader('x-room', '5').end(page);
    };
    expect((await asApp(world, token, 'Patient/anna/$everything')).status).toBe(503);
    await expectInterrupted(reason);
  });

  it('and not when the client had left and the token was refused, which auth-service has recorded', async () => {
    const ended = newToken(world);
    const refuse = new Promise<() => void>((asked) => {
      world.tokens.set(ended, (_request, response) =>
        asked(() => response.writeHead(204, { [REFUSAL_RECORDED_HEADER]: 'yes' }).end()),
      );
    });
    const socket = begin(ended);
    const answer = await refuse;
    socket.destroy();
    await waitUntil(() => reports().length > 0);
    answer();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(reports()).toMatchObject([{ reason: 'client-left', count: 1 }]);
    world.auth.received.length = 0;
  });

  it('and not when it was complete', async () => {
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.end('x'.repeat(MEGABYTE));
    };
    expect((await asApp(world, token, 'Observation')).bytes).toHaveLength(MEGABYTE);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(reports()).toEqual([]);
  });
});
