import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, DatabaseUrl, loadConfig, ServiceConfig } from '../../src/config.ts';

describe('a connection URL', () => {
  const load = (url: string) => loadConfig(z.object({ DATABASE_URL: DatabaseUrl }), { DATABASE_URL: url });

  test.each(['postgres://a:b@db/claims', 'postgresql://a:b@[::1]:5432/claims?sslmode=verify-full'])(
    'is %s',
    (url) => {
      expect(load(url).DATABASE_URL).toBe(url);
    },
  );

  test.each(['claims', 'db:5432', 'https://db/claims', 'postgres://a:b/c@db/claims'])('is not %s', (url) => {
    expect(() => load(url)).toThrow(
      /^wrong configuration: DATABASE_URL: not a URL that begins with postgres:\/\//,
    );
  });
});

describe('configuration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'patient-access-config-'));
    writeFileSync(join(folder, 'url'), 'https://plan.example/ignored/path\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is parsed once and frozen', () => {
    const config = loadConfig(ServiceConfig, { PORT: '8080', PUBLIC_URL: 'https://plan.example/x' });
    expect(config).toEqual({
      HOST: '127.0.0.1',
      PORT: 8080,
      PUBLIC_URL: 'https://plan.example',
      METRICS_PORT: 9464,
      RELEASE: 'unknown',
      OTEL_TRACES_SAMPLER_ARG: 0.01,
      LOG_LEVEL: 'info',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('takes a value from the file that NAME_FILE names, also where NAME is set', () => {
    const PUBLIC_URL_FILE = join(folder, 'url');
    for (const given of [{ PUBLIC_URL_FILE }, { PUBLIC_URL_FILE, PUBLIC_URL: 'https://other.example' }])
      expect(loadConfig(ServiceConfig, { PORT: '1', ...given }).PUBLIC_URL).toBe('https://plan.example');
  });

  test.each([
    [{ PORT: '0', PUBLIC_URL: 'https://plan.example' }, /^wrong configuration: PORT: /],
    [{ PORT: 'canary-secret', PUBLIC_URL: 'canary-secret' }, /PORT: .*; PUBLIC_URL: /],
    [{ PORT: '1', PUBLIC_URL: '' }, /^wrong configuration: PUBLIC_URL: missing, or empty$/],
    [{ PUBLIC_URL: 'https://plan.example' }, /^wrong configuration: PORT: missing, or empty$/],
    [{ PORT: '1', PUBLIC_URL: 'plan.example:443' }, /PUBLIC_URL: not an address that begins with http/],
    [{ PORT: '1', PUBLIC_URL_FILE: '/nowhere' }, /^PUBLIC_URL_FILE: cannot read \/nowhere \(ENOENT\)$/],
  ])('%j is refused with one line that names each wrong setting and shows no value', (env, line) => {
    const load = () => loadConfig(ServiceConfig, env);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(line);
    expect(load).not.toThrow(/canary-secret|\n/);
  });
});
