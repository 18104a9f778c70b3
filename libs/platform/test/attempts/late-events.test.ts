/** Requests whose client leaves while a handler works, which records its event afterwards. */
import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { forbidden } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import type { FastifyRequest } from 'fastify';
import { attemptOf, noteRecorded } from '../../src/index.ts';
import { serviceWith } from '../service-with.ts';
import { rulesOf } from './rules.ts';

const CALLER = { tenant: 'lakeside', caller: { client: { id: 'diary' }, grantId: 'grant-1' } };
const LEFT_AFTER_MS = 50;
const WORKED_MS = 300;

let ended = 0;

async function work(request: FastifyRequest, outcome: { isRefusal: boolean }): Promise<void> {
  attemptOf(request).known = CALLER;
  await delay(WORKED_MS);
  noteRecorded(request, outcome);
  ended += 1;
}

@Controller()
class Routes {
  @Get('given')
  async given(@Req() request: FastifyRequest): Promise<string> {
    await work(request, { isRefusal: false });
    return 'too late';
  }

  @Get('refused')
  async refused(@Req() request: FastifyRequest): Promise<string> {
    await work(request, { isRefusal: true });
    throw forbidden('no-member');
  }
}

describe('a request whose client leaves before its event is recorded', () => {
  const { rules, delivered } = rulesOf({}, 0.1);
  let app: NestFastifyApplication;
  let port: number;
  beforeAll(async () => {
    app = await serviceWith(Routes, rules);
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });
  beforeEach(() => void (delivered.length = ended = 0));
  afterAll(async () => {
    await rules.counter.stop();
    await app.close();
  });

  /** Asks, goes away, and waits until the handler has ended. */
  async function leave(path: string, requestId: string): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: plan.example\r\nx-request-id: ${requestId}\r\n\r\n`);
    await delay(LEFT_AFTER_MS);
    socket.destroy();
    await waitUntil(() => ended === 1);
    await rules.counter.flush();
  }

  test('is recorded as interrupted when something was given', async () => {
    const requestId = '019abcde-0000-7000-8000-000000000002';
    await leave('/given', requestId);
    expect(delivered).toMatchObject([
      { requestId, reason: 'client-left', caller: CALLER.caller },
      { requestId, reason: 'client-left', caller: CALLER.caller, interrupted: true },
    ]);
  });

  test('has nothing that could be interrupted when it was refused', async () => {
    const requestId = '019abcde-0000-7000-8000-000000000003';
    await leave('/refused', requestId);
    expect(delivered).toMatchObject([{ requestId, reason: 'client-left', caller: CALLER.caller }]);
    expect(delivered[0]).not.toHaveProperty('interrupted');
  });
});
