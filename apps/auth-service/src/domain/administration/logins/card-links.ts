/** Links to insurance cards that a person has made, for a plan whose member asks for it, or whose phone was stolen. */
import { inTransaction } from '@patient-access/database';
import { z } from 'zod';
import { contextOfPlan } from '../../audit/access-event.ts';
import { type ListedLink, listLinks } from '../../card/card-link.ts';
import { endLinks } from '../../card/end-links.ts';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { lockPeople, PersonAtPlan } from '../../federation/people.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { Told } from '../told.ts';

/** One of them, or all. */
const WhichLinks = z.object({ person: PersonAtPlan, link: z.uuid().optional() });

/**
 * @returns those of the last time, the live ones first of each login; without what they hold, which nobody here can read.
 *   It tells of the person, and of each one whose card a link shows, such as a child
 * @throws NotFoundError when nobody like this has a login; ZodError
 */
export function listCardLinks(admin: Administration, given: unknown): Promise<Told<ListedLink[]>> {
  const person = PersonAtPlan.parse(given);
  return inTransaction(admin.pool, async (db) => {
    const query = queryOn(db);
    const accounts = await lockPeople(query, admin.tenant, person);
    if (accounts.length === 0)
      throw new NotFoundError(`nobody like this has a login at "${admin.tenant.id}"`);
    const links: ListedLink[] = [];
    for (const { sub, self } of accounts) {
      // For the person's own trail: the event of what is told names several persons, and stands in the trail of none.
      await recordAct(db, actorOf(admin), { action: 'card-link-list', member: self ?? undefined });
      links.push(...(await listLinks(query, admin.tenant.id, sub)));
    }
    const persons = [...accounts.flatMap(({ self }) => self ?? []), ...links.map(({ member }) => member)];
    return new Told('read-card-links', links, persons);
  });
}

/**
 * Ends links before their time. What they held is erased, and the member’s list says that they do not work any more.
 *
 * @throws NotFoundError when nothing like this is live; ZodError
 */
export function endCardLinks(admin: Administration, given: unknown): Promise<{ ended: number }> {
  const { person, link } = WhichLinks.parse(given);
  return inTransaction(admin.pool, async (db) => {
    const query = queryOn(db);
    let ended = 0;
    for (const { sub, self } of await lockPeople(query, admin.tenant, person)) {
      const whose = link === undefined ? { account: sub } : { account: sub, link };
      const count = await endLinks(query, whose, 'plan', contextOfPlan(admin.tenant.id));
      if (count > 0)
        await recordAct(db, actorOf(admin), { action: 'card-link-end', member: self ?? undefined });
      ended += count;
    }
    if (ended === 0) throw new NotFoundError(`no such live link at "${admin.tenant.id}"`);
    return { ended };
  });
}
