/** The parts of the composed system that need no container. */
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readComposeFile, secretsOf } from '../composed/compose-file.ts';

const FILE = resolve(import.meta.dirname, '../../../docker/compose.yaml');

describe('compose.yaml', () => {
  test('is read with variables, defaults and $$', () => {
    const { services } = readComposeFile(FILE, { PORT: '18080' });
    expect(services['fhir-gateway']?.ports).toEqual(['18080:8080']);
    expect(services['developer-site']?.ports).toEqual(['8081:8080', '8082:8081']);
    expect(services['postgres']?.entrypoint?.join(' ')).toContain('docker-entrypoint.sh "$@"');
  });

  test('gives a service its Secrets as files', () => {
    const file = readComposeFile(FILE, {});
    const { 'claims-service': claims } = file.services;
    expect(claims && secretsOf(file, claims)).toContainEqual([
      join(file.folder, 'secrets/claims_service_url'),
      '/run/secrets/database_url',
    ]);
  });
});
