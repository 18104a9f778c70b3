import type { EndReason } from '@patient-access/events';
import { contextOfPlan } from '../audit/access-event.ts';
import type { Actor } from '../audit/acts.ts';
import { endGrantsOf } from '../consent/end-grants.ts';
import { type Queryable, queryOn } from '../database.ts';

/** Ends all grants of a client, each with an event in the trail. Members do not read which administrator it was. */
export async function endGrantsOfClient(
  db: Queryable,
  actor: Actor,
  client: string,
  reason: EndReason,
): Promise<void> {
  const context = contextOfPlan(actor.tenant, { address: actor.address });
  await endGrantsOf(queryOn(db), { client }, reason, context);
}
