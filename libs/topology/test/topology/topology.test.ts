/** The table of services, and what follows from it. */
import { describe, expect, it } from '@jest/globals';
import {
  calledBy,
  DATABASES,
  ingestSetting,
  isRecordService,
  RECORD_SERVICES,
  SERVICE_NAMES,
  TOPOLOGY,
  urlSetting,
} from '../../src/index.ts';

describe('the topology', () => {
  it('names databases and settings after the service', () => {
    expect(DATABASES).toEqual(expect.arrayContaining(['auth', 'coverage', 'claims', 'clinical', 'audit']));
    expect([urlSetting('audit-service'), ingestSetting('claims-service')]).toEqual([
      'AUDIT_URL',
      'CLAIMS_INGEST_URL',
    ]);
  });

  it('lets the gateway reach every service inside, and no service reach the gateway', () => {
    const others = SERVICE_NAMES.filter((name) => !TOPOLOGY[name].ingress);
    expect([...calledBy('fhir-gateway')].sort()).toEqual([...others].sort());
    for (const service of others) expect(calledBy(service)).not.toContain('fhir-gateway');
  });

  it('connects the developer site with auth-service alone', () => {
    expect([...calledBy('developer-site')]).toEqual(['auth-service']);
    for (const service of SERVICE_NAMES) expect(calledBy(service)).not.toContain('developer-site');
  });

  it('lets no data service call another one', () => {
    for (const service of RECORD_SERVICES)
      expect([...calledBy(service)].sort()).toEqual(['audit-service', 'auth-service']);
  });

  it('gives an ingress to the public host and the developer site, which have no database', () => {
    const outside = ['developer-site', 'fhir-gateway'];
    expect(SERVICE_NAMES.filter((name) => TOPOLOGY[name].database === undefined)).toEqual(outside);
    expect(SERVICE_NAMES.filter((name) => TOPOLOGY[name].ingress)).toEqual(outside);
    expect(SERVICE_NAMES.filter((name) => TOPOLOGY[name].egress)).toEqual(['auth-service']);
  });

  it('names a role of a database only where the database has it', () => {
    for (const { settings, database } of Object.values(TOPOLOGY))
      for (const setting of Object.values(settings))
        if (setting.kind === 'database') expect(database?.roles).toContain(setting.role);
  });

  it('starts audit-service first and the gateway last', () => {
    expect([SERVICE_NAMES[0], SERVICE_NAMES.at(-1)]).toEqual(['audit-service', 'fhir-gateway']);
  });

  it('knows which services hold a part of a record', () => {
    expect(SERVICE_NAMES.filter(isRecordService).sort()).toEqual([...RECORD_SERVICES].sort());
    expect(isRecordService('audit-service')).toBe(false);
  });
});
