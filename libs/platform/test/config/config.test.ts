import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, ServiceConfig } from '../../src/config.ts';

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

  test('takes a value from the file that NAME_FILE names', () => {
    const config = loadConfig(ServiceConfig, { PORT: '1', PUBLIC_URL_FILE: join(folder, 'url') });
    expect(config.PUBLIC_URL).toBe('https://plan.example');
  });

  test.each([
    [{ PORT: '0', PUBLIC_URL: 'https://plan.example' }, /^wrong configuration: PORT: /],
    [{ PORT: 'canary-secret', PUBLIC_URL: 'canary-secret' }, /PORT: .*; PUBLIC_URL: /],
    [{ PORT: '1', PUBLIC_URL: '' }, /PUBLIC_URL: /],
    [{ PORT: '1', PUBLIC_URL_FILE: '/nowhere' }, /^PUBLIC_URL_FILE: cannot read \/nowhere \(ENOENT\)$/],
  ])('%j is refused with one line that names each wrong setting and shows no value', (env, line) => {
    const load = () => loadConfig(ServiceConfig, env);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(line);
    expect(load).not.toThrow(/canary-secret|\n/);
  });
});
