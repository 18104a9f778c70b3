import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Controller, Get, Post } from '@nestjs/common';
import request from 'supertest';
import { rulesOf } from '../attempts/rules.ts';
import { serviceWith } from '../service-with.ts';

const CANARY = 'canary-7f3a';
const PROGRAM = join(import.meta.dirname, 'log-once.js');

/** The log of a process that logs an error. */
function logged(kind: string): Record<string, unknown>[] {
  const { stdout } = spawnSync(process.execPath, [PROGRAM, kind, CANARY], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

@Controller()
class Failing {
  @Get('boom')
  boom() {
    throw new Error(`${CANARY} in a message`);
  }
  @Post('body')
  body() {
    return {};
  }
}

describe('logs', () => {
  test('are JSON lines with the name of the service', () => {
    expect(logged('plain')).toEqual([
      expect.objectContaining({ level: 'error', service: 'test', msg: 'failed' }),
    ]);
  });

  test('contain a database’s SQLSTATE and table, and not the value that its message quotes', () => {
    const [line] = logged('database');
    expect(line?.['err']).toMatchObject({ code: '22P02', table: 'resource' });
    expect(JSON.stringify(line)).not.toContain(CANARY);
  });

  test('are written in full when the process ends at once', () => {
    expect(logged('fatal')).toHaveLength(1);
  });
});

describe('an unexpected error', () => {
  test('is answered with 500 and the request id, and without its message', async () => {
    const app = await serviceWith(Failing, rulesOf({}).rules);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const id = '019abcde-0000-7000-8000-000000000001';
    const answer = await request(app.getHttpServer()).get(`/boom?token=${CANARY}`).set('x-request-id', id);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain(id);
    expect(answer.text).not.toContain(CANARY);
    const unreadable = await request(app.getHttpServer())
      .post('/body')
      .set('content-type', 'application/json')
      .send('{');
    expect([unreadable.status, JSON.parse(unreadable.text)]).toEqual([
      expect.any(Number),
      expect.objectContaining({ resourceType: 'OperationOutcome' }),
    ]);
    expect(unreadable.status).toBeLessThan(500);
    await app.close();
  });
});
