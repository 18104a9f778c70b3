/** Facts over HTTP, to a server that takes a limited number of bytes in one POST. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { openFactPublisher } from '../../src/fact-publisher.ts';

const MAX_BYTES = 1_000;

describe('facts that are posted', () => {
  let server: Server;
  let bodies: string[] = [];
  const lines = () => bodies.flatMap((body) => body.split('\n'));
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const body = await textOf(request);
      const fits = Buffer.byteLength(body) <= MAX_BYTES;
      if (fits) bodies.push(body);
      response.writeHead(fits ? 204 : 413).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  beforeEach(() => {
    bodies = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const publish = (texts: readonly string[]) => {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/facts`);
    const destination = { topic: 'facts', url, maxBytes: MAX_BYTES };
    return openFactPublisher(KafkaConfig.parse({}), destination, 'test').publish(
      texts.map((text) => ({ tenant: 'north', member: 'anna', text })),
    );
  };

  it('arrive in order, in as many posts as they need', async () => {
    const texts = Array.from({ length: 100 }, (_, at) => `${at} ${'ü'.repeat(at)}`);
    await publish(texts);
    expect(lines()).toEqual(texts);
    expect(bodies.length).toBeGreaterThan(10);
  });

  it('share one post when they fit exactly', async () => {
    const texts = ['a'.repeat(499), 'b'.repeat(499)];
    await publish(texts);
    expect(bodies).toEqual([texts.join('\n')]);
  });

  it('reject when one of them is too large, after those before it arrived', async () => {
    const outcome = publish(['small', 'x'.repeat(MAX_BYTES + 1), 'behind']);
    await expect(outcome).rejects.toThrow('/facts answered 413');
    expect(lines()).toEqual(['small']);
  });
});
