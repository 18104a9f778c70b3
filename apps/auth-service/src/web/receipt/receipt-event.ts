import type { AccessEvent } from '@patient-access/events';
import { type EventContext, newAccessEvent, SEEN_BY_NO_APP } from '../../domain/audit/access-event.ts';
import type { Agreement } from './agreements.ts';

/** The event of a receipt that somebody read, saved, or checked. Apps see it that see the event of its consent. */
export function receiptEvent(
  context: EventContext,
  { action, agreement }: { action: 'read' | 'download' | 'check'; agreement?: Agreement },
): AccessEvent {
  return newAccessEvent(context, {
    kind: 'receipt',
    action,
    outcome: '0',
    ...SEEN_BY_NO_APP,
    ...(agreement && {
      ...(agreement.member !== null && { member: agreement.member }),
      client: { id: agreement.clientId, name: agreement.clientName },
      grantId: agreement.grantId,
      released: agreement.labels,
    }),
  });
}

/** A check that told nothing about anybody. */
export const refusedCheckEvent = (context: EventContext, reason: string): AccessEvent =>
  newAccessEvent(context, { kind: 'receipt', action: 'check', outcome: '4', reason, ...SEEN_BY_NO_APP });
