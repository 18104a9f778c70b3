import { describe, expect, it } from '@jest/globals';
import { cpuPerRequest, processName } from './processes.ts';
import { percentile, spread } from './statistics.ts';

describe('a process', () => {
  it.each([
    ['/n/node --x /p/apps/claims-service/dist/main.js', 'claims-service'],
    ['/n/node /p/tools/bench/limits/server.ts {}', 'limit'],
    ['postgres: claims_service claims 127.0.0.1(5000) idle', 'postgres claims_service'],
    ['/usr/bin/wrk -t1', undefined],
  ])('%s is %s', (command, name) => {
    expect(processName(command)).toBe(name);
  });
});

describe('CPU per request', () => {
  const backend = (seconds: number) => ({ name: 'postgres claims_service', seconds });

  it('is the difference between two readings, summed by kind of process', () => {
    const before = new Map([
      ['1', backend(10)],
      ['2', backend(20)],
    ]);
    const after = new Map([
      ['1', backend(10.5)],
      ['2', backend(20.5)],
    ]);
    expect(cpuPerRequest(before, after, 1_000)).toEqual({ 'postgres claims_service': 1_000 });
  });

  it('includes a process that started in between, and subtracts nothing for one that ended', () => {
    const before = new Map([['1', backend(10)]]);
    const after = new Map([['2', backend(0.1)]]);
    expect(cpuPerRequest(before, after, 100)).toEqual({ 'postgres claims_service': 1_000 });
  });
});

describe('the statistics', () => {
  it('use the nearest rank for a percentile', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99)]).toEqual([50, 99, 7]);
  });

  it('give median and range for values in any order', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  });
});
