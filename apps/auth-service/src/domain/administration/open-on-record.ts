/** What an operator's command tells of persons: recorded as the answers of the administration are, which have a request. */
import { recordStatement } from '@patient-access/outbox/record';
import { contextOfPlan, newAccessEvent, SEEN_BY_NO_APP } from '../audit/access-event.ts';
import { administratorUser } from '../audit/administrator.ts';
import type { Administration } from './administration.ts';
import type { Told } from './told.ts';
import { isNamedByItsAct, namesTold } from './told.ts';

/**
 * Opens what a command prints, when the event that names all of whom it tells is durable.
 *
 * @param command in words, for auditors
 */
export const openOnRecord = <Answer>(
  { pool, tenant, ...administrator }: Administration,
  command: string,
  told: Told<Answer>,
): Promise<Answer> =>
  told.after(async (action, persons) => {
    if (isNamedByItsAct(action, persons)) return;
    const event = newAccessEvent(contextOfPlan(tenant.id), {
      ...{ kind: 'account', action, outcome: '0', request: command, ...SEEN_BY_NO_APP },
      ...{ user: administratorUser(administrator), ...namesTold(persons) },
    });
    await pool.query(recordStatement([event]));
  });
