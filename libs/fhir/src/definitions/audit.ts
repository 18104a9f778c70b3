import type { Definition } from '../definition.ts';
import { date, inPatientCompartment, reference, token, uri } from './row.ts';

/**
 * Who saw which data, and when. AuditEvents are made from access events only. The member of an event is the member of
 * the token.
 */
export const auditDefinitions: Record<string, Definition> = {
  AuditEvent: {
    lastUpdatedDetects:
      'Detects that an event is new here. Does not detect what is added to it about an answer that broke off.',
    namedOnly: true,
    forAuditors: true,
    ...inPatientCompartment('audit-service')('entity.what', {
      consentKind: 'access',
      search: {
        action: token('action'),
        // App, login and feed have an identifier; of a person there may be a reference too, which is not indexed.
        agent: { ...reference('agent.who'), byIdentifier: true },
        date: date('recorded'),
        // Any resource that was acted upon. Only `patient` says whose trail the event is in.
        entity: { ...reference('entity.what'), namesMember: false },
        outcome: token('outcome'),
        policy: uri('agent.policy'),
        // Services of ours are no resources: each has an identifier alone.
        source: { ...reference('source.observer'), byIdentifier: true },
        subtype: token('subtype'),
        type: token('type'),
      },
    }),
  },
};
