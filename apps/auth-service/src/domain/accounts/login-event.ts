/** The events of a login, and of what is done to one: to its password, its second step, its e-mail address. */
import type { AccessEvent } from '@patient-access/events';
import { type EventContext, newAccessEvent, NO_LABELS } from '../audit/access-event.ts';
import type { Account } from './accounts.ts';

export interface LoginAct extends Pick<AccessEvent, 'method' | 'user' | 'request'> {
  /** as `login`, or `first-factor` for a right password after which a code is needed */
  action: string;
  /** whose login it is; undefined: nobody's, or nobody knows */
  account: Pick<Account, 'self'> | undefined;
  /** why it was refused; left out: it was done */
  reason?: string | undefined;
}

/** It is in the trail of the person who has the login, also when she no longer sees her own record. */
export function loginEvent(context: EventContext, { account, reason, ...act }: LoginAct): AccessEvent {
  const outcome = reason === undefined ? '0' : '4';
  return newAccessEvent(context, {
    kind: 'login',
    ...NO_LABELS,
    member: account?.self,
    ...act,
    outcome,
    ...(reason !== undefined && { reason }),
  });
}
