/** Requests whose client leaves while a handler works, which records its event afterwards. */
import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { forbidden } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import type { FastifyRequest } from 'fastify';
import {
  ATTEMPT_RULES,
  attemptOf,
  createLogger,
  createService,
  METRICS,
  Metrics,
  noteRecorded,
  OutcomeFilter,
} from '../../src/index.ts';
import { rulesOf } from './rules.ts';

const PUBLIC_URL = 'https://plan.example';
const CALLER = { tenant: 'lakeside', caller: { client: { id: 'diary' }, grantId: 'grant-1' } };
const LEFT_AFTER_MS = 50;
const WORKED_MS = 300;

let ended = 0;

@Controller()
class Routes {
  @Get('given')
  async given(@Req() request: FastifyRequest): Promise<string> {
    attemptOf(request).known = CALLER;
    await delay(WORKED_MS);
    noteRecorded(request, { isRefusal: false });
    ended += 1;
    return 'too late';
  }

  @Get('refused')
  async refused(@Req() request: FastifyRequest): Promise<string> {
    attemptOf(request).known = CALLER;
    await delay(WORKED_MS);
    noteRecorded(request, { isRefusal: true });
    ended += 1;
    throw forbidden('no-member');
  }
}

describe('a request whose client leaves before its event is recorded', () => {
  const { rules, delivered } = rulesOf({}, 0.1);
  let app: NestFastifyApplication;
  let port: number;
  beforeAll(async () => {
    const logger = createLogger('routes', 'silent');
    const module = {
      module: class Root {},
      controllers: [Routes],
      providers: [
        { provide: METRICS, useValue: new Metrics() },
        { provide: ATTEMPT_RULES, useValue: rules },
        { provide: APP_FILTER, useValue: new OutcomeFilter(logger, PUBLIC_URL) },
      ],
    };
    app = await createService(module, logger, { publicUrl: PUBLIC_URL });
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
