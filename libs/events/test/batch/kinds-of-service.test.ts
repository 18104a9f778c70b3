/** A service that is taken over can speak for itself alone (case A26). */
import { describe, expect, it } from '@jest/globals';
import { SERVICES_WITH_DATABASE } from '@patient-access/topology';
import { AccessEvent, beyondService } from '../../src/index.ts';

const event: AccessEvent = {
  requestId: '0192f0c1-2222-7000-8000-000000000000',
  service: 'claims-service',
  tenant: 'northwind',
  recorded: '2026-11-25T10:00:00.000Z',
  kind: 'rest',
  action: 'read',
  outcome: '0',
};
const of = (service: string, change: Partial<AccessEvent> = {}) =>
  beyondService(service, { ...event, service, ...change });

const RECORDS = ['rest', 'ingest', 'attempt', 'denied-attempts', 'published-reads'];
const RECORDED_BY: Readonly<Record<string, readonly string[]>> = {
  'coverage-service': RECORDS,
  'claims-service': RECORDS,
  'clinical-service': RECORDS,
  'audit-service': ['rest', 'trail', 'attempt', 'denied-attempts'],
  'auth-service': [
    ...['login', 'consent', 'token', 'receipt', 'launch', 'authorization', 'administration', 'account'],
    ...['rest', 'attempt', 'denied-attempts'],
  ],
};

describe('what a service may record', () => {
  it('is known of each service that has an outbox, kind by kind', () => {
    const kinds = AccessEvent.shape.kind.options;
    expect(Object.keys(RECORDED_BY).sort()).toEqual([...SERVICES_WITH_DATABASE].sort());
    for (const service of SERVICES_WITH_DATABASE) {
      const may = kinds.filter((kind) => of(service, { kind }) === undefined);
      expect([service, may.sort()]).toEqual([service, [...(RECORDED_BY[service] ?? [])].sort()]);
    }
    // What nobody records would be a kind without a use.
    expect(kinds.filter((kind) => !Object.values(RECORDED_BY).flat().includes(kind))).toEqual([]);
  });

  it('is nothing for what is no service of ours', () => {
    expect(of('fhir-gateway')).toBe('fhir-gateway does not record rest');
    expect(of('claims-service', { service: 'auth-service' })).toMatch(/another service/);
    expect(of('claims-service', { service: 'claims-services' })).toMatch(/another service/);
    expect(of('claims-service', { service: 'claims-service/edge' })).toBeUndefined();
  });

  it('is no disclosure of members’ records, where a service has none', () => {
    expect(of('auth-service', { counts: { Person: 1 } })).toBeUndefined();
    expect(of('auth-service', { counts: { Person: 1, Claim: 1 } })).toBe(
      'auth-service does not give away Claim',
    );
    expect(of('audit-service', { counts: { AuditEvent: 9 } })).toBeUndefined();
    expect(of('audit-service', { counts: { Coverage: 1 } })).toMatch(/Coverage/);
  });

  it('is what it owns, or computes for another one', () => {
    const counts = { Claim: 1, CoverageEligibilityResponse: 1 };
    expect(of('claims-service', { counts })).toBeUndefined();
    expect(of('claims-service', { counts: { Claim: 1, Patient: 2 } })).toMatch(/give away Patient/);
    expect(of('claims-service', { resources: { Patient: 'anna' } })).toMatch(/give away Patient/);
    // An import may be about persons, wherever their records are.
    expect(of('clinical-service', { kind: 'ingest', counts: { Patient: 1 } })).toBeUndefined();
    const resource = { reference: 'Patient/anna', version: '1' };
    expect(of('coverage-service', { resource })).toBeUndefined();
    expect(of('clinical-service', { resource })).toMatch(/give away Patient/);
    // A search that found nothing tells of nothing.
    expect(of('claims-service', { counts: { Patient: 0 } })).toBeUndefined();
  });
});
