import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TraceCollector, startTraceCollector } from '@patient-access/testing';
import { inSpan, traceHeaders } from '@patient-access/tracing';
import {
  ATTEMPT_RULES,
  createLogger,
  createService,
  METRICS,
  Metrics,
  type RequestTracing,
} from '../../src/index.ts';
import { beginTracing } from '../../src/tracing/begin-tracing.ts';
import { rulesOf } from '../attempts/rules.ts';

const CANARY = 'canary-7f3a';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = `00-${TRACE}-b7ad6b7169203331-01`;
const WITHOUT_EVENT = { 'GET /records/:id': 'a test', 'POST /records': 'a test' };

/** What a careless change could do. */
function say(what: string): void {
  const span = trace.getActiveSpan();
  span?.setAttributes({ patient: what, 'http.route': `/records/${what}?name=${what}` });
  span?.addEvent(what, { what });
  span?.recordException(new Error(what));
  span?.setStatus({ code: SpanStatusCode.ERROR, message: what });
}

@Controller('records')
class Records {
  @Get(':id')
  async read(@Param('id') id: string) {
    say(id);
    await inSpan('read from Postgres', () => Promise.reject(new Error(id)), {
      'db.system.name': 'postgresql',
    }).catch(() => undefined);
    return traceHeaders();
  }

  @Post()
  async write(@Body() _body: unknown) {
    return inSpan('record access event', async () => traceHeaders());
  }
}

async function serve(tracing?: RequestTracing): Promise<{ app: NestFastifyApplication; url: string }> {
  const module = {
    module: class Root {},
    controllers: [Records],
    providers: [
      { provide: METRICS, useValue: new Metrics() },
      { provide: ATTEMPT_RULES, useValue: rulesOf(WITHOUT_EVENT).rules },
    ],
  };
  const app = await createService(module, createLogger('test', 'silent'), {
    publicUrl: 'https://plan.example',
    tracing,
  });
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}

describe('a service whose settings name no collector', () => {
  it('makes no span, and sends no header of a trace', async () => {
    expect(await beginTracing('test', { OTEL_TRACES_SAMPLER_ARG: 1, RELEASE: 'r' })).toBeUndefined();
    const { app, url } = await serve();
    const answer = await fetch(`${url}/records/1`, { headers: { traceparent: CALLER } });
    expect(await answer.json()).toEqual({});
    await app.close();
  });
});

describe('a service whose settings name a collector', () => {
  let collector: TraceCollector;
  let among: Awaited<ReturnType<typeof serve>>;
  let atTheEdge: Awaited<ReturnType<typeof serve>>;
  let endTracing: (() => Promise<void>) | undefined;
  const answers: Record<string, string>[] = [];

  beforeAll(async () => {
    collector = await startTraceCollector();
    endTracing = await beginTracing('test', {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER_ARG: 0,
      RELEASE: 'r',
    });
    among = await serve({ believes: () => true });
    atTheEdge = await serve({ believes: () => false });
    const ask = async (url: string, init: RequestInit = {}) => {
      const headers = {
        traceparent: CALLER,
        tracestate: `vendor=${CANARY}`,
        baggage: `who=${CANARY}`,
        ...init.headers,
      };
      const answer = await fetch(url, { ...init, headers });
      answers.push((await answer.json()) as Record<string, string>);
    };
    await ask(`${among.url}/records/${CANARY}?name=${CANARY}`);
    await ask(`${among.url}/records`, {
      method: 'POST',
      body: `{"name":"${CANARY}"}`,
      headers: { 'content-type': 'application/json' },
    });
    await ask(`${atTheEdge.url}/records/${CANARY}`);
    await endTracing?.();
  });

  afterAll(async () => {
    await among.app.close();
    await atTheEdge.app.close();
    await collector.stop();
  });

  it('goes on with the trace of a service that calls it, and with its decision, through the whole request', () => {
    expect(collector.spans.map(({ traceId, name }) => [traceId, name])).toEqual(
      expect.arrayContaining([
        [TRACE, 'GET /records/:id'],
        [TRACE, 'read from Postgres'],
        [TRACE, 'POST /records'],
        [TRACE, 'record access event'],
      ]),
    );
    expect(answers.slice(0, 2)).toEqual([
      { traceparent: expect.stringMatching(`^00-${TRACE}-[0-9a-f]{16}-01$`) },
      { traceparent: expect.stringMatching(`^00-${TRACE}-[0-9a-f]{16}-01$`) },
    ]);
  });

  it('decides by itself where the caller is not believed: a header of an app keeps no trace', () => {
    expect(answers[2]).toEqual({});
    expect(collector.spans).toHaveLength(4);
  });

  it('says nothing but what is allowed, whatever else was put into a span', () => {
    expect(collector.text()).not.toContain(CANARY);
    const [read] = collector.spans.filter(({ name }) => name === 'GET /records/:id');
    expect(read).toMatchObject({
      service: 'test',
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200 },
    });
  });
});
