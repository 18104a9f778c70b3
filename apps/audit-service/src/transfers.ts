/** The live counter of the yearly report: which app got data of which member on which day. */
import { type AccessEvent, type Transfer, transferOf } from '@patient-access/events';
import type pg from 'pg';

/** Each once, however often an event is delivered: there is nothing that could be counted twice. */
const COUNT = {
  name: 'count-transfers',
  text: `INSERT INTO trail.transfer (tenant, member, client, day)
         SELECT $1, t.member, t.client, t.day
           FROM unnest($2::text[], $3::text[], $4::date[]) AS t (member, client, day)
          WHERE NOT EXISTS (SELECT FROM trail.transfer k WHERE k.tenant = $1 AND k.member = t.member
                               AND k.client = t.client AND k.day = t.day)
          ORDER BY t.member, t.client, t.day
         ON CONFLICT DO NOTHING`,
};

const keyOf = ({ member, client, day }: Transfer) => JSON.stringify([member, client, day]);

/**
 * Counts in the transaction that stores the events, so that the trail and the counter cannot disagree. `trail.append` has
 * set the tenant that row-level security compares with.
 */
export async function countTransfers(
  client: pg.PoolClient,
  tenant: string,
  events: readonly AccessEvent[],
): Promise<void> {
  const found = new Map(
    events.flatMap((event) => transferOf(event) ?? []).map((each) => [keyOf(each), each]),
  );
  if (found.size === 0) return;
  const transfers = [...found.values()];
  const columns = (['member', 'client', 'day'] as const).map((name) => transfers.map((each) => each[name]));
  await client.query({ ...COUNT, values: [tenant, ...columns] });
}
