/** The shapes that IHE BALP 1.1.4 asks for (PatientRead, PatientQuery, OAUTHaccessTokenUse.Comprehensive). */
import { describe, expect, it } from '@jest/globals';
import { auditEvent, auditEventId, idPrefixOf } from '../../src/audit-event.ts';
import type { AccessEvent } from '@patient-access/events';
import { type AuditEventJson, accessEvent, CLAIMS_PRODUCER } from '../world.ts';

const AET = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const RI = 'http://hl7.org/fhir/restful-interaction';
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const PT = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ENT = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const BALP = 'https://profiles.ihe.net/ITI/BALP';
const SOURCE = '110153';
const DESTINATION = '110152';

const made = (change: Partial<AccessEvent> = {}) =>
  auditEvent({ v: 2, ...accessEvent(change) }, 'id') as unknown as AuditEventJson;

const QUERY: Partial<AccessEvent> = {
  action: 'search-type',
  resource: undefined,
  request: 'GET Claim?status=active&identifier=a|b',
  type: 'Claim',
  counts: { Claim: 3 },
};

const NOTHING: Partial<AccessEvent> = { resource: undefined, request: undefined };
const whatWasDone = (code: string) => ({
  url: 'urn:payer-patient-access:event',
  valueCoding: { system: 'urn:payer-patient-access:event', code },
});

const agentOf = (event: AuditEventJson, system: string, code: string) => {
  const found = event.agent.filter(({ type }) =>
    type.coding.some((coding) => coding.system === system && coding.code === code),
  );
  expect(found).toHaveLength(1);
  return found[0];
};
const entityOf = (event: AuditEventJson, system: string, code: string) => {
  const found = event.entity.filter(({ type }) => type.system === system && type.code === code);
  expect(found).toHaveLength(1);
  return found[0];
};

function expectFrame(event: AuditEventJson): void {
  expect(event.type).toMatchObject({ system: AET, code: 'rest' });
  expect(event.recorded).toBe('2026-11-25T10:00:00.000Z');
  expect(event.outcome).toBe('0');
  expect(event.source.observer.display).toBe('claims-service');
  expect(event.agent.length).toBeGreaterThanOrEqual(2);
  const request = entityOf(event, `${BALP}/CodeSystem/BasicAuditEntityType`, 'XrequestId');
  expect(request?.what?.identifier?.value).toMatch(/^[0-9a-f-]{36}$/);
  expect(entityOf(event, ENT, '1')).toMatchObject({
    what: { reference: 'Patient/anna' },
    role: { system: ROLE, code: '1' },
  });
}

function expectAgents(event: AuditEventJson, clientRole: string, serverRole: string): void {
  const [client, server] = [agentOf(event, DCM, clientRole), agentOf(event, DCM, serverRole)];
  expect(client).toMatchObject({
    who: { identifier: { value: 'app-1' }, display: 'Health Diary' },
    network: { address: '192.0.2.7', type: '2' },
    requestor: false,
  });
  expect(server).toMatchObject({ who: { display: 'claims-service' }, requestor: false });
  expect(server?.network?.address).toBeTruthy();
  const user = agentOf(event, PT, 'IRCP');
  expect(user).toMatchObject({
    who: {
      reference: 'Patient/anna',
      identifier: { system: 'https://plan.example/auth/northwind/oauth2/v1', value: 'login-1' },
    },
    requestor: true,
    policy: ['urn:ietf:params:oauth:jti:sha256.jti-1'],
  });
  for (const agent of event.agent) expect(agent.media).toBeUndefined();
  expect(user?.network).toBeUndefined();
}

describe('a read', () => {
  it.each(['read', 'vread'])('by %s is a PatientRead', (action) => {
    const event = made({ action });
    expect(event.meta.profile).toContain(`${BALP}/StructureDefinition/IHE.BasicAudit.PatientRead`);
    expect([event.action, event.subtype]).toEqual(['R', [{ system: RI, code: action }]]);
    expectFrame(event);
    expectAgents(event, DESTINATION, SOURCE);
    const data = entityOf(event, ENT, '2');
    expect(data?.what?.reference).toBe('ExplanationOfBenefit/7/_history/2');
    expect(data?.role?.system).toBe(ROLE);
    expect(['3', '4', '20']).toContain(data?.role?.code);
  });
});

describe('a search', () => {
  it('is a PatientQuery: source and destination are swapped, and its action is E', () => {
    const event = made(QUERY);
    expect(event.meta.profile).toContain(`${BALP}/StructureDefinition/IHE.BasicAudit.PatientQuery`);
    expect([event.action, event.subtype]).toEqual(['E', [{ system: RI, code: 'search-type' }]]);
    expectFrame(event);
    expectAgents(event, SOURCE, DESTINATION);
    const query = entityOf(event, ENT, '2');
    expect(query?.role).toMatchObject({ system: ROLE, code: '24' });
    expect(Buffer.from(query?.query ?? '', 'base64').toString()).toBe(QUERY.request);
    for (const forbidden of ['what', 'lifecycle', 'detail']) expect(query).not.toHaveProperty(forbidden);
  });
});

describe('a backend service', () => {
  const OWN = { member: undefined, user: undefined, grantId: undefined };

  it.each([
    ['Read', {}],
    ['Query', QUERY],
  ])('causes a %s without a patient, in which the client itself has the token', (name, change) => {
    const event = made({ ...change, ...OWN });
    expect(event.meta.profile).toEqual([`${BALP}/StructureDefinition/IHE.BasicAudit.${name}`]);
    expect(event.agent.map(({ requestor }) => requestor)).toEqual([true, false]);
    expect(event.agent[0]).toMatchObject({
      who: { identifier: { value: 'app-1' } },
      policy: ['urn:ietf:params:oauth:jti:sha256.jti-1'],
    });
    expect(JSON.stringify(event)).not.toContain('Patient/');
  });
});

describe('a refusal', () => {
  const REFUSED: Partial<AccessEvent> = {
    outcome: '4',
    reason: 'not-found',
    resource: undefined,
    counts: undefined,
    bodyHash: undefined,
    request: 'GET ExplanationOfBenefit/of-ben',
  };

  it('claims no profile, and states the reason', () => {
    const event = made(REFUSED);
    expect(event.meta.profile).toBeUndefined();
    expect([event.outcome, event.outcomeDesc]).toEqual(['4', 'not-found']);
  });

  it('refers only to the caller’s member, and holds the request in the base64 query', () => {
    const event = made(REFUSED);
    expect(JSON.stringify(event)).not.toContain('of-ben');
    const query = entityOf(event, ENT, '2');
    expect(Buffer.from(query?.query ?? '', 'base64').toString()).toContain('of-ben');
    expect(event.entity.flatMap(({ what }) => what?.reference ?? [])).toEqual(['Patient/anna']);
  });

  it('of a token without a member refers to no Patient', () => {
    const event = made({ ...REFUSED, member: undefined });
    expect(event.entity.map(({ what }) => what?.reference).filter(Boolean)).toEqual([]);
  });
});

describe('an event of the authorization server', () => {
  it.each([
    ['login', '110114', DCM, '110122'],
    ['launch', '110100', 'urn:payer-patient-access:event', 'launch'],
  ] as const)('of the kind %s has its standard codes', (kind, type, system, code) => {
    const event = made({
      kind,
      action: 'x',
      resource: undefined,
      request: undefined,
      service: 'auth-service',
    });
    expect(event.type).toMatchObject({ system: DCM, code: type });
    const ours = { system: 'urn:payer-patient-access:event', code: `${kind}-x` };
    expect(event.subtype).toEqual([expect.objectContaining({ system, code }), ours]);
    expect(event.action).toBe('E');
    expect(agentOf(event, DCM, '110150')?.who.identifier?.value).toBe('app-1');
  });
});

describe('an event of a consent', () => {
  it('has the subtypes of AuthZconsent only, and in an extension what was done', () => {
    const event = made({ kind: 'consent', action: 'grant', service: 'auth-service', ...NOTHING });
    expect(event.subtype).toEqual([{ system: `${BALP}/CodeSystem/AuthZsubType`, code: 'AuthZ-Consent' }]);
    expect(event.extension).toContainEqual(whatWasDone('consent-grant'));
  });
});

describe('the end of a consent', () => {
  const ended = (change: Partial<AccessEvent>) =>
    made({
      kind: 'consent',
      action: 'revoke',
      service: 'auth-service',
      resource: undefined,
      request: undefined,
      grantId: 'grant-1',
      ...change,
    });

  it.each([
    ['member', [false, false, true, false]],
    ['app', [true, false, false, false]],
    ['plan', [false, false, false, true]],
  ] as const)('by the %s names requestor, grant and reason', (by, requestors) => {
    const event = ended({ by, reason: by });
    expect(event.agent.map(({ requestor }) => requestor)).toEqual(requestors);
    expect(event.outcomeDesc).toBe(by);
    expect(event.subtype).toEqual([expect.objectContaining({ code: 'AuthZ-Consent' })]);
    expect(event.extension).toContainEqual(whatWasDone('consent-revoke'));
    expect(event.meta.profile !== undefined).toBe(by === 'member');
    const consent = entityOf(event, 'http://hl7.org/fhir/resource-types', 'Consent');
    expect(consent?.what?.identifier?.value).toBe('grant-1');
    expect(entityOf(event, ENT, '1')).toMatchObject({ what: { reference: 'Patient/anna' } });
  });

  it('by the plan is possible without a login', () => {
    const event = ended({ by: 'plan', user: undefined });
    expect(event.agent.map(({ requestor }) => requestor)).toEqual([false, false, true]);
  });
});

describe('a token', () => {
  const token = (action: string) => made({ kind: 'token', action, resource: undefined, request: undefined });

  it('has a standard code when it is issued, and our own codes for later events', () => {
    expect(token('issue').subtype).toEqual([expect.objectContaining({ code: 'ITI-71' })]);
    expect(token('refresh').subtype).toEqual([
      { system: 'urn:payer-patient-access:event', code: 'token-refresh' },
    ]);
  });
});

describe('an act on a client', () => {
  const ACT: Partial<AccessEvent> = {
    kind: 'administration',
    action: 'client-ban',
    service: 'auth-service',
    resource: undefined,
    request: undefined,
    counts: undefined,
    member: undefined,
    token: undefined,
  };
  const USER = { iss: 'urn:payer-patient-access:administration', sub: 'ada' };

  it('by the plan names the act, the administrator, and the client as its object', () => {
    const event = made({ ...ACT, user: USER });
    expect(event.type).toMatchObject({ system: DCM, code: '110113' });
    expect(event.subtype).toEqual([
      expect.objectContaining({ system: DCM, code: '110137' }),
      { system: 'urn:payer-patient-access:event', code: 'client-ban' },
    ]);
    expect(agentOf(event, PT, 'IRCP')).toMatchObject({
      who: { identifier: { system: USER.iss, value: 'ada' } },
      requestor: true,
    });
    expect(event.agent.filter(({ requestor }) => requestor)).toHaveLength(1);
    expect(event.agent.some(({ who }) => who.identifier?.value === 'app-1')).toBe(false);
    expect(entityOf(event, ENT, '2')).toMatchObject({
      what: { identifier: { value: 'app-1' }, display: 'Health Diary' },
      role: { system: ROLE, code: '11' },
    });
  });

  it('by the client itself has the client as its requestor', () => {
    const event = made({ ...ACT, action: 'client-register', user: undefined });
    expect(agentOf(event, DCM, '110150')).toMatchObject({
      requestor: true,
      who: { identifier: { value: 'app-1' } },
    });
  });

  it('refused at the authorization endpoint is a security alert', () => {
    const event = made({ ...ACT, kind: 'authorization', action: 'refuse', outcome: '8', user: undefined });
    expect([event.type, event.outcome]).toEqual([expect.objectContaining({ code: '110113' }), '8']);
    expect(event.subtype).toEqual([expect.objectContaining({ code: 'authorization-refused' })]);
  });
});

describe('the id', () => {
  it('is one for one number of a producer, and begins alike for all events of a request', () => {
    const event = accessEvent();
    const id = auditEventId(event, CLAIMS_PRODUCER, 7);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(auditEventId({ ...event, outcome: '4', member: 'ben' }, CLAIMS_PRODUCER, 7)).toBe(id);
    const others = [
      auditEventId({ ...event, tenant: 'lakeside' }, CLAIMS_PRODUCER, 7),
      auditEventId(event, CLAIMS_PRODUCER.replace('claims', 'coverage'), 7),
      auditEventId(event, CLAIMS_PRODUCER, 8),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
    expect(others.map((other) => other.startsWith(idPrefixOf(event)))).toEqual([false, true, true]);
  });

  it('has the same JSON each time it is made', () => {
    const event = { v: 2 as const, ...accessEvent() };
    expect(JSON.stringify(auditEvent(event, 'id'))).toBe(JSON.stringify(auditEvent({ ...event }, 'id')));
  });
});
