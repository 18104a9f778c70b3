import { type AccessEvent, parseRecord } from '@patient-access/events';
import type { World } from './world.ts';

/** Reads the events since the last call, oldest first. */
export async function takeEvents(world: World): Promise<AccessEvent[]> {
  const { rows } = await world.db.query<{ body: string }>(
    'WITH taken AS (DELETE FROM outbox RETURNING *) SELECT body FROM taken ORDER BY created_at',
  );
  return rows.map(({ body }) => {
    const parsed = parseRecord(body);
    if ('invalid' in parsed) throw new Error(parsed.invalid);
    return parsed.event;
  });
}
