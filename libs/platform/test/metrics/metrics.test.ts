import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createLogger, Metrics } from '../../src/index.ts';
import { describeProcess, serveMetrics } from '../../src/metrics/metrics-server.ts';

const linesOf = async (metrics: Metrics, name: string) =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith(name));

describe('metrics', () => {
  it('are read when somebody asks, and left out when they cannot be read', async () => {
    const metrics = new Metrics();
    let value = 1;
    metrics.gauge('depth_rows', 'A depth.', () => (value < 3 ? value : Promise.reject(new Error('away'))));
    metrics.counter('moved_total', 'Moved.', () => value);
    expect([await linesOf(metrics, 'depth_rows'), await linesOf(metrics, 'moved_total')]).toEqual([
      ['depth_rows 1'],
      ['moved_total 1'],
    ]);
    value = 2;
    expect([await linesOf(metrics, 'depth_rows'), await linesOf(metrics, 'moved_total')]).toEqual([
      ['depth_rows 2'],
      ['moved_total 2'],
    ]);
    value = 3;
    expect([await linesOf(metrics, 'depth_rows'), await linesOf(metrics, 'moved_total')]).toEqual([
      [],
      ['moved_total 3'],
    ]);
  });

  it('show how busy each pool of connections is', async () => {
    const metrics = new Metrics();
    metrics.pool('reads', { totalCount: 8, idleCount: 5, waitingCount: 2 });
    metrics.pool('outbox', { totalCount: 7, idleCount: 7, waitingCount: 0 });
    expect(await linesOf(metrics, 'db_client_connections')).toEqual([
      'db_client_connections_used{pool="reads"} 3',
      'db_client_connections_used{pool="outbox"} 0',
      'db_client_connections_awaited{pool="reads"} 2',
      'db_client_connections_awaited{pool="outbox"} 0',
    ]);
  });

  it('forget a value of a label that is gone', async () => {
    const metrics = new Metrics();
    let broken = ['north', 'south'];
    metrics.gauge(
      'broken',
      'Broken.',
      () => Object.fromEntries(broken.map((tenant) => [tenant, 1])),
      'tenant',
    );
    expect(await linesOf(metrics, 'broken')).toHaveLength(2);
    broken = ['south'];
    expect(await linesOf(metrics, 'broken')).toEqual(['broken{tenant="south"} 1']);
  });

  it('may have several labels, and are left out when they cannot be read', async () => {
    const metrics = new Metrics();
    let values = () => Promise.resolve([{ labels: { tenant: 'north', type: 'Patient' }, value: 7 }]);
    metrics.gauges('feed_records', 'Records.', ['tenant', 'type'], () => values());
    expect(await linesOf(metrics, 'feed_records')).toEqual(['feed_records{tenant="north",type="Patient"} 7']);
    values = () => Promise.reject(new Error('away'));
    expect(await linesOf(metrics, 'feed_records')).toEqual([]);
  });

  it('have a bounded number of series, whatever callers send', async () => {
    const metrics = new Metrics();
    const count = metrics.count('events_total', 'Events.', ['reason']);
    for (let each = 0; each < 2_000; each += 1) count({ reason: `reason-${each}` });
    const lines = await linesOf(metrics, 'events_total');
    expect(lines).toHaveLength(501);
    expect(lines.at(-1)).toBe('events_total{reason="(other)"} 1500');
  });

  it('keep what a stranger makes many series of apart from errors', async () => {
    const metrics = new Metrics();
    const count = metrics.count('requests_total', 'Requests.', ['type', 'outcome'], ['outcome']);
    for (let each = 0; each < 600; each += 1) count({ type: `type-${each}`, outcome: 'refused' });
    count({ type: 'Patient', outcome: 'error' });
    const lines = await linesOf(metrics, 'requests_total');
    expect(lines).toContain('requests_total{type="(other)",outcome="refused"} 100');
    expect(lines.at(-1)).toBe('requests_total{type="Patient",outcome="error"} 1');
  });

  it('are shown on a port of their own, with what the process is and whether it is ready', async () => {
    const metrics = new Metrics();
    const checks = { database: () => Promise.reject(new Error('away')), outbox: () => Promise.resolve() };
    describeProcess(metrics, { service: 'claims-service', release: '1.2.3' }, checks);
    const logger = createLogger('claims-service', 'silent');
    const server = await serveMetrics(metrics, checks, { host: '127.0.0.1', port: 0 }, logger);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const line of [
      'patient_access_build_info{release="1.2.3",service="claims-service"} 1',
      'service_ready{check="database",service="claims-service"} 0',
      'service_ready{check="outbox",service="claims-service"} 1',
    ])
      expect(text).toContain(`\n${line}\n`);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{service="claims-service"\} /m);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', failed: ['database'] }]);
    expect((await fetch(`${url}/anything`)).status).toBe(404);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
});
