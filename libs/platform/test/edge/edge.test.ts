import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, Module, Post, Query, Req, UnauthorizedException } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  ATTEMPT_RULES,
  createLogger,
  createService,
  denyByDefault,
  METRICS,
  Metrics,
  RequestStrategy,
} from '../../src/index.ts';
import { rulesOf } from '../attempts/rules.ts';

const Range = z
  .strictObject({ first: z.coerce.number().int().positive(), last: z.coerce.number().int().positive() })
  .refine(({ first, last }) => first <= last);

class Badge extends PassportStrategy(RequestStrategy, 'badge') {
  validate({ headers }: FastifyRequest): { name: string } {
    if (headers['x-badge'] === undefined) throw new UnauthorizedException();
    return { name: String(headers['x-badge']) };
  }
}

let handled = 0;

@Controller()
class Ranges {
  @Get('sum')
  sum(@Query({ schema: Range }) { first, last }: z.infer<typeof Range>): string {
    handled += 1;
    return String(first + last);
  }

  @Post('echo')
  echo(@Body() body: unknown, @Req() { user, id }: FastifyRequest & { user: object }): object {
    return { body, caller: user, id };
  }
}

@Module({
  controllers: [Ranges],
  providers: [
    Badge,
    { provide: METRICS, useValue: new Metrics() },
    { provide: ATTEMPT_RULES, useValue: rulesOf({ 'GET /sum': 'a sum', 'POST /echo': 'an echo' }).rules },
    { provide: APP_GUARD, useClass: denyByDefault('badge') },
  ],
})
class RangesModule {}

const ID = '019abcde-0000-7000-8000-000000000001';

describe('the edge of a service', () => {
  let app: NestFastifyApplication;
  let url: string;
  beforeAll(async () => {
    const logger = createLogger('ranges', 'silent');
    app = await createService({ module: RangesModule }, logger, { publicUrl: 'https://plan.example' });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  const get = (path: string) => fetch(`${url}${path}`, { headers: { 'x-badge': 'anna' } });

  test('a handler gets the value that its schema returns', async () => {
    expect(await (await get('/sum?first=2&last=3')).text()).toBe('5');
  });

  test.each(['', '?first=2', '?first=3&last=2', '?first=x&last=3', '?first=1&last=2&more=3'])(
    'a value that does not match is answered with 400, and no handler runs: %s',
    async (query) => {
      const before = handled;
      expect((await get(`/sum${query}`)).status).toBe(400);
      expect(handled).toBe(before);
    },
  );

  test('a parameter without a schema is passed on unchanged, and the caller is what the strategy returned', async () => {
    const headers = { 'x-badge': 'anna', 'x-request-id': ID, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/echo`, { method: 'POST', headers, body: '{"any":["thing"]}' });
    expect(await answer.json()).toEqual({ body: { any: ['thing'] }, caller: { name: 'anna' }, id: ID });
  });

  test('a URL of the greatest length fits beside a credential that names many scopes', async () => {
    const headers = { 'x-badge': 'a'.repeat(60_000) };
    const answer = await fetch(`${url}/sum?first=1&last=2${'&x'.padEnd(15_000, 'x')}`, { headers });
    expect(answer.status).toBe(400);
    expect((await fetch(`${url}/sum?first=1&last=2`, { headers })).status).toBe(200);
  });

  test('a connection that nobody uses is kept longer than proxies keep theirs', async () => {
    const answer = await get('/sum?first=1&last=2');
    // Node says there when it closes the connection.
    expect(answer.headers.get('keep-alive')).toBe('timeout=620');
  });

  test('an error that a strategy throws becomes the answer', async () => {
    expect((await fetch(`${url}/sum?first=1&last=2`)).status).toBe(401);
  });
});
