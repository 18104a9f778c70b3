import { type AccessEvent, CARD_LINK_CLIENT_ID } from '@patient-access/events';
import { type EventContext, newAccessEvent, NO_LABELS } from '../audit/access-event.ts';

interface Happened {
  action: 'make-card-link' | 'use-card-link' | 'end-card-link';
  /** its id, which is no part of its address */
  link: string;
  member: string;
  /** who uses it, as it says itself */
  recipient?: string;
  reason?: string;
  refused?: true;
}

/** An event of a link. Nothing sensitive is on a card, so each app that may see the member's trail sees it. */
export const linkEvent = (
  context: EventContext,
  { action, link, member, recipient, reason, refused }: Happened,
): AccessEvent =>
  newAccessEvent(context, {
    kind: 'account',
    action,
    outcome: refused ? '8' : '0',
    ...(reason !== undefined && { reason }),
    ...(recipient !== undefined && { client: { id: CARD_LINK_CLIENT_ID, name: recipient } }),
    member,
    grantId: link,
    ...NO_LABELS,
  });
