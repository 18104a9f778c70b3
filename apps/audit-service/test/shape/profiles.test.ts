/** Checks every kind of event against the profile that it claims, and checks which kinds must claim one. */
import { describe, expect, it } from '@jest/globals';
import { recordOf } from '@patient-access/events';
import { auditEvent } from '../../src/audit-event.ts';
import { auditEventBody } from '../../src/stored-event.ts';
import { EVENTS } from '../events.ts';
import { accessEvent } from '../world.ts';
import { type BalpEvent, problemsWith, tokenUseProblems } from './profiles.ts';

const made = (name: string): BalpEvent =>
  auditEvent({ v: 2, ...accessEvent(EVENTS[name]) }, 'id') as unknown as BalpEvent;
const claims = (event: BalpEvent) => (event.meta.profile ?? []).map((profile) => profile.replace(/.*\./, ''));
const CLAIMED: Readonly<Record<string, string>> = {
  read: 'PatientRead',
  vread: 'PatientRead',
  'read of a delegate': 'PatientRead',
  search: 'PatientQuery',
  history: 'PatientQuery',
  'reading of the trail': 'PatientQuery',
  'read of a backend service': 'Read',
  'search of a backend service': 'Query',
  'consent given': 'AuthZconsent',
  'consent changed': 'AuthZconsent',
  'consent revoked by the member': 'AuthZconsent',
};

describe('an AuditEvent', () => {
  it.each(Object.keys(EVENTS))('for "%s" claims its profile and conforms to it', (name) => {
    const event = made(name);
    expect(claims(event)).toEqual(CLAIMED[name] ? [CLAIMED[name]] : []);
    expect(problemsWith(event)).toEqual([]);
    if (event.type.code === 'rest') expect(tokenUseProblems(event)).toEqual([]);
  });

  it.each(Object.keys(EVENTS))('of a %s says who, what, when, from where and how it ended', (name) => {
    const asked = accessEvent(EVENTS[name]);
    const event = auditEvent({ v: 2, ...asked }, 'id') as unknown as BalpEvent;
    expect(event.agent.length).toBeGreaterThanOrEqual(2);
    expect(event.agent.filter(({ requestor }) => requestor).length).toBeGreaterThanOrEqual(1);
    for (const agent of event.agent) expect(typeof agent.requestor).toBe('boolean');
    expect([event.outcome, event.recorded]).toEqual([asked.outcome, asked.recorded]);
    const text = JSON.stringify(event);
    for (const fact of [asked.requestId, asked.tenant, asked.grantId, asked.scope])
      if (fact) expect(text).toContain(fact);
    if (asked.address && !['administration', 'ingest', 'trail'].includes(asked.kind))
      expect(text).toContain(asked.address);
    if (asked.token) expect(text).toContain(asked.token);
  });

  it('has no empty list and leads to no Person, so that readers of R4 take it', () => {
    const nothing = { member: undefined, grantId: undefined, resource: undefined, request: undefined };
    const refused = { ...nothing, kind: 'consent', action: 'deny', service: 'auth-service' } as const;
    const person = {
      user: { iss: 'https://plan.example', sub: 'login-2', fhirUser: 'v2/northwind/Person/9' },
    };
    for (const each of [...Object.values(EVENTS), refused, person]) {
      const record = recordOf(accessEvent(each));
      const text = auditEventBody({ id: 'id', stored: new Date(), record, interrupted: null });
      expect(text).not.toMatch(/\[\]|\{\}|"reference":"Person/);
    }
    const { agent } = auditEvent({ v: 2, ...accessEvent(person) }, 'id') as unknown as BalpEvent;
    expect(agent.at(-1)?.who).toMatchObject({ identifier: { value: 'login-2' }, display: 'Person/9' });
  });

  it('is reported when it does not conform to the profile that it claims', () => {
    const event = made('search');
    const spoilt: ((copy: BalpEvent) => void)[] = [
      (copy) => (copy.action = 'R'),
      (copy) => copy.subtype.push({ system: 'http://hl7.org/fhir/restful-interaction', code: 'search' }),
      (copy) => copy.agent.reverse().pop(),
      (copy) => delete copy.agent[0]?.network,
      (copy) => Object.assign(copy.agent[2] ?? {}, { network: {} }),
      (copy) => Object.assign(copy.agent[2] ?? {}, { requestor: false }),
      (copy) => Object.assign(copy.entity[2] ?? {}, { what: {} }),
      (copy) => copy.entity.splice(1, 1),
    ];
    for (const spoil of spoilt) {
      const copy = structuredClone(event);
      spoil(copy);
      expect(problemsWith(copy)).not.toEqual([]);
    }
  });

  it('for a consent is reported when it has what the profile AuthZconsent excludes', () => {
    const consent = made('consent given');
    const network = { address: 'auth-service', type: '1' };
    const ours = { system: 'urn:payer-patient-access:event', code: 'consent-grant' };
    const spoilt: [string, (copy: BalpEvent) => void][] = [
      ['agent[1].network: maximum', (copy) => Object.assign(copy.agent[1] ?? {}, { network })],
      ['subtype[1]: binding', (copy) => copy.subtype.push(ours)],
      ['agent[1].requestor: pattern', (copy) => Object.assign(copy.agent[1] ?? {}, { requestor: true })],
      ['agent[2].requestor: pattern', (copy) => Object.assign(copy.agent[2] ?? {}, { requestor: false })],
      ['agent[3].requestor: pattern', (copy) => Object.assign(copy.agent[3] ?? {}, { requestor: true })],
      ['entity[2]: slice', (copy) => copy.entity.push({ type: { system: 'x', code: 'y' } })],
      ['val-audit-source', (copy) => Object.assign(copy.source, { observer: { display: 'x' } })],
    ];
    for (const [problem, spoil] of spoilt) {
      const copy = structuredClone(consent);
      spoil(copy);
      expect(problemsWith(copy)).toEqual([expect.stringContaining(problem)]);
    }
  });
});
