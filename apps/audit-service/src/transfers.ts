/** The counter of the yearly report: which app received data about which member on which day. */
import { type AccessEvent, type Transfer, transferOf } from '@patient-access/events';
import type pg from 'pg';

/** A transfer is one row, so an event that is delivered twice is not counted twice. */
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
 * Counts transfers in the transaction that stores the events, so the trail and the counter always agree. `trail.append`
 * has already set the tenant for row-level security.
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
