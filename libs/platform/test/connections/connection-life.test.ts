/** How long a service is asked over one connection: a replica that is added gets its share of the next ones. */
import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { REUSE } from '@patient-access/internal-api';
import { waitUntil } from '@patient-access/testing';
import { Pool } from 'undici';
import { ATTEMPT_RULES, createLogger, createService, METRICS, Metrics } from '../../src/index.ts';
import { rulesOf } from '../attempts/rules.ts';

@Controller()
class One {
  @Get('one')
  one(): string {
    return 'one';
  }
}

const module = {
  module: class Root {},
  controllers: [One],
  providers: [
    { provide: METRICS, useValue: new Metrics() },
    { provide: ATTEMPT_RULES, useValue: rulesOf({ 'GET /one': 'one' }).rules },
  ],
};

test('a connection that is always in use ends after a time, and no request fails', async () => {
  const options = { publicUrl: 'https://plan.example', connectionMs: 50 };
  const app = await createService(module, createLogger('test', 'silent'), options);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const client = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    ...REUSE,
    connections: 1,
  });
  const failed: number[] = [];
  await waitUntil(async () => {
    const { statusCode, body } = await client.request({ method: 'GET', path: '/one' });
    await body.dump();
    if (statusCode !== 200) failed.push(statusCode);
    return connections >= 3;
  });
  expect(failed).toEqual([]);
  await client.close();
  await app.close();
});
