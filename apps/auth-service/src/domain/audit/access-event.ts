import { randomUUID } from 'node:crypto';
import { type AccessEvent, MAX_TEXT_CHARACTERS } from '@patient-access/events';
import { appDisplayName } from '../apps/app-name.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { noteEventOf } from './open-requests.ts';

const MAX_ADDRESS_CHARACTERS = 64;

/** What all events of one request have in common. */
export interface EventContext {
  requestId: string;
  tenant: Pick<Tenant, 'id' | 'issuer'>;
  /** network address of the client; absent when no request caused the event */
  address?: string;
  client?: { readonly clientId: string; readonly clientName?: string };
  /** of the login */
  sub?: string;
  fhirUser?: string;
}

/**
 * The context of events that name no login, and so need no issuer.
 *
 * @param request that caused them; left out: nobody waits for them, and they have an id of their own
 */
export const contextOfPlan = (
  tenant: string,
  { requestId = randomUUID(), address }: { requestId?: string; address?: string } = {},
): EventContext => ({
  requestId,
  tenant: { id: tenant, issuer: '' },
  ...(address !== undefined && { address }),
});

/**
 * What an event says of its own. Each says which labels were released to its cause, and so which apps see it (ADR 53): those of
 * a grant, {@link NO_LABELS} or {@link SEEN_BY_NO_APP}.
 */
export type Happened = Pick<AccessEvent, 'kind' | 'action' | 'outcome'> &
  Partial<AccessEvent> & { released: string[] | undefined };

/** Nothing of the record was seen before: every app that may see the member's trail sees the event. */
export const NO_LABELS: Pick<Happened, 'released'> = { released: [] };

/** Nothing was withheld from who caused it: a page of the member's own, the plan, a payer's system. */
export const SEEN_BY_NO_APP: Pick<Happened, 'released'> = { released: undefined };

/** Builds an access event of this service. */
export function newAccessEvent(context: EventContext, happened: Happened): AccessEvent {
  const { requestId, tenant, client, sub, fhirUser } = context;
  noteEventOf(requestId);
  return {
    requestId,
    service: 'auth-service',
    tenant: tenant.id,
    recorded: new Date().toISOString(),
    ...(context.address !== undefined && { address: context.address.slice(0, MAX_ADDRESS_CHARACTERS) }),
    ...(client && {
      client: { id: client.clientId.slice(0, MAX_TEXT_CHARACTERS), name: appDisplayName(client.clientName) },
    }),
    ...(sub !== undefined && { user: { iss: tenant.issuer, sub, fhirUser } }),
    ...happened,
  };
}
