import type { Definition } from '../definition.ts';
import { date, inPatientCompartment, reference, token, uri } from './row.ts';

/**
 * Who saw what, when. AuditEvents come from the event stream alone; the member of an event is the one its token
 * was for.
 */
export const auditDefinitions: Record<string, Definition> = {
  AuditEvent: {
    namedOnly: true,
    forAuditors: true,
    ...inPatientCompartment('audit-service')('entity.what', {
      consentKind: 'access',
      search: {
        action: token('action'),
        agent: token('agent.who.identifier'),
        date: date('recorded'),
        // Whatever was acted upon; only `patient` says whose trail it is.
        entity: { ...reference('entity.what'), namesMember: false },
        outcome: token('outcome'),
        policy: uri('agent.policy'),
        source: reference('source.observer'),
        subtype: token('subtype'),
        type: token('type'),
      },
    }),
  },
};
