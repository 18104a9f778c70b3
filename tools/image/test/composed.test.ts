/** The parts of the composed system that need no container. */
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canariesOf } from '../composed/canaries.ts';
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

test('what must not be in a log is who a person is, and not what many share', () => {
  const patient = {
    resourceType: 'Patient',
    id: 'patient-7',
    birthDate: '1980-01-02',
    name: [{ use: 'official', given: ['Amy'], family: 'Shawcross' }],
    address: [{ line: ['12 Long Street'], state: 'MA', country: 'US' }],
    identifier: [{ system: 'https://plan.example/members', value: 'M-123456' }],
    meta: { profile: ['http://hl7.org/x'] },
  };
  const claim = { resourceType: 'ExplanationOfBenefit', id: 'claim-1', created: '2026-01-01' };
  expect(canariesOf([patient, claim]).sort()).toEqual(
    ['patient-7', '1980-01-02', 'Shawcross', '12 Long Street', 'M-123456'].sort(),
  );
});
