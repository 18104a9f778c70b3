import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../images.ts';
import { followImports } from '../imports.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Packages that serve HTTP, reach Kafka or send metrics and spans. Loading them takes longer than the rest of a start. */
const OF_SERVICES = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  '@opentelemetry/sdk-trace',
  'kafkajs',
  'prom-client',
  'rxjs',
];

/** They reach Kafka as a service does. */
const LIKE_A_SERVICE = ['audit', 'audit:dead-letters', 'preflight'];

const loadedBy = (program: string): string[] => {
  const { packages } = followImports(ROOT, [program]);
  return OF_SERVICES.filter((name) => packages.has(name));
};

describe('the start of a command (ADR 134)', () => {
  it.each(Object.entries(COMMANDS).filter(([name]) => !LIKE_A_SERVICE.includes(name)))(
    'of %s loads nothing that only a service needs',
    (_, program) => expect(loadedBy(program)).toEqual([]),
  );

  it('is told from that of a service, which loads all of it', () => {
    expect(loadedBy('apps/audit-service/dist/main.js')).toEqual(OF_SERVICES);
  });
});
