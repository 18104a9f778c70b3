import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installedPostgres, namedPostgres } from '../../src/installed-postgres.ts';

describe('the PostgreSQL of this machine', () => {
  let below = '';
  beforeEach(() => {
    below = mkdtempSync(join(tmpdir(), 'installed-'));
  });
  afterEach(() => rmSync(below, { recursive: true }));

  const install = (version: string) => {
    mkdirSync(join(below, version, 'bin'), { recursive: true });
    writeFileSync(join(below, version, 'bin', 'postgres'), '');
  };

  it('is the newest one, by its number', () => {
    for (const version of ['17', '100', '18', '9']) install(version);
    expect(installedPostgres(below)).toBe(join(below, '100', 'bin'));
  });

  it('is none when all are too old, or only their tools are there, or none is', () => {
    expect(installedPostgres(join(below, 'nothing'))).toBeUndefined();
    install('16');
    mkdirSync(join(below, '18', 'bin'), { recursive: true });
    expect(installedPostgres(below)).toBeUndefined();
  });
});

it.each([
  [undefined, undefined, undefined],
  [undefined, '/installed', '/installed'],
  ['', '/installed', '/installed'],
  ['', undefined, undefined],
  ['/named', '/installed', '/named'],
  ['npm', '/installed', undefined],
])('POSTGRES_PROGRAMS %s is, with %s otherwise, the folder %s', (setting, otherwise, programs) => {
  expect(namedPostgres(setting, otherwise)).toBe(programs);
});
