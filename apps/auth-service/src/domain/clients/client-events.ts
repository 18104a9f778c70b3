/** Access events of what is done to clients, committed together with the act. */
import { recordStatement } from '@patient-access/outbox/record';
import { contextOfPlan, newAccessEvent } from '../audit/access-event.ts';
import { type Administrator, administratorUser } from '../audit/administrator.ts';
import { appDisplayName } from '../apps/app-name.ts';
import { endGrantsOf } from '../consent/end-grants.ts';
import type { EndReason } from '../grants/records.ts';
import type { Client } from './clients.ts';
import { type Queryable, queryOn } from '../database.ts';

/** Who acts at which plan: an administrator, a developer, or the client itself when nobody is named. */
export interface Actor extends Partial<Administrator> {
  tenant: string;
  /** a person who is no administrator */
  user?: { iss: string; sub: string };
  address?: string;
  requestId?: string;
}

interface Act {
  /** what was done, e.g. `client-ban` */
  action: string;
  client?: Pick<Client, 'id' | 'metadata'>;
  /** whose data it is about */
  member?: string;
  /** more about it, without anything of a member */
  words?: string;
}

/** The statement that records an act. It runs in the transaction of the act. */
export function actStatement(
  actor: Actor,
  { action, client, member, words }: Act,
): { text: string; values: string[] } {
  const { administrator, issuer, name } = actor;
  const user = administrator === undefined ? actor.user : administratorUser({ administrator, issuer, name });
  const event = newAccessEvent(contextOfPlan(actor.tenant, actor), {
    kind: 'administration',
    action,
    outcome: '0',
    ...(member !== undefined && { member }),
    ...(words !== undefined && { request: words }),
    ...(user && { user }),
    ...(client && { client: { id: client.id, name: appDisplayName(client.metadata.client_name) } }),
  });
  return recordStatement([event]);
}

/** Records an act. */
export async function recordAct(db: Queryable, actor: Actor, act: Act): Promise<void> {
  await db.query(actStatement(actor, act));
}

/** Ends all grants of a client, each with an event in the trail. Members do not read which administrator it was. */
export async function endGrants(
  db: Queryable,
  actor: Actor,
  client: string,
  reason: EndReason,
): Promise<void> {
  const context = contextOfPlan(actor.tenant, { address: actor.address });
  await endGrantsOf(queryOn(db), { client }, reason, context);
}
