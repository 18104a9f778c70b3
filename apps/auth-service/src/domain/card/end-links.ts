/** Ends links to insurance cards before their time. What they held is erased. */
import { randomUUID } from 'node:crypto';
import type { EndReason } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import type { EventContext } from '../audit/access-event.ts';
import type { RunSql } from '../database.ts';
import { linkEvent } from './link-event.ts';

/** All of a login, those of a login for one person, or one of a login. */
export type WhoseLinks =
  { account: string } | { account: string; member: string } | { account: string; link: string };

/** `changed`: the card is not what it was when the link was made. */
export type LinkEndReason = EndReason | 'changed';

const END = `
  UPDATE card_link SET ended_at = now(), end_reason = $2, payload = NULL
   WHERE tenant = $1 AND sub = $3::uuid AND ended_at IS NULL AND until > now()
     AND ($4::text IS NULL OR member = $4) AND ($5::uuid IS NULL OR id = $5::uuid)
  RETURNING id, member`;

/** @returns how many ended; the events are durable after the commit */
export async function endLinks(
  query: RunSql,
  whose: WhoseLinks,
  reason: LinkEndReason,
  context: EventContext,
): Promise<number> {
  const member = 'member' in whose ? whose.member : null;
  const link = 'link' in whose ? whose.link : null;
  const values = [context.tenant.id, reason, whose.account, member, link];
  const ended = await query<{ id: string; member: string }>(END, values);
  if (ended.length === 0) return 0;
  const events = ended.map(({ id, member: patient }, at) =>
    linkEvent(at === 0 ? context : { ...context, requestId: randomUUID() }, {
      action: 'end-card-link',
      link: id,
      member: patient,
      reason,
    }),
  );
  const { text, values: rows } = recordStatement(events);
  await query(text, rows);
  return ended.length;
}
