/** Access events of what is done at a plan to clients, logins, relations and settings, committed together with the act. */
import { recordStatement } from '@patient-access/outbox/record';
import { appDisplayName } from '../apps/app-name.ts';
import type { Client } from '../clients/clients.ts';
import type { Queryable, RunSql } from '../database.ts';
import { contextOfPlan, newAccessEvent, SEEN_BY_NO_APP } from './access-event.ts';
import { type Administrator, administratorUser } from './administrator.ts';

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
    ...SEEN_BY_NO_APP,
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

/** Who acts for the operator of the installation, for the event. */
export type Operator = Omit<Actor, 'tenant'>;

/**
 * Records acts at a plan.
 *
 * @param query in the transaction of the acts @param by undefined: they leave no event
 */
export async function recordActsBy(
  query: RunSql,
  by: Operator | undefined,
  tenant: string,
  acts: readonly Act[],
): Promise<void> {
  if (!by) return;
  for (const act of acts) {
    const { text, values } = actStatement({ ...by, tenant }, act);
    await query(text, values);
  }
}
