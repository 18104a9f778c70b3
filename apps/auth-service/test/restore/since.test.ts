/** From which instant on the trail is asked what ended (`restore apply --since`). */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyEnds } from '../../src/domain/restore/apply-ends.ts';
import { startWorld, type World } from '../world.ts';

const HOUR_MS = 3_600_000;
/** Between the clocks of the two databases, and between recording an event and storing it. */
const MARGIN_MS = 10 * 60_000;

describe('the instant of a backup', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 120_000);
  afterAll(() => world?.stop());

  /** @returns the instant for which the trail was asked about each plan */
  async function asked(since: Date): Promise<number[]> {
    await world.db.query('UPDATE database_state SET marked_at = now()');
    const instants: number[] = [];
    await applyEnds(
      world.db,
      {
        highestMark: () => Promise.resolve({ highest: 0, wholeSinceMs: 0 }),
        endsSince(_tenant, from) {
          instants.push(from.getTime());
          return Readable.from([]);
        },
      },
      { since },
    );
    return instants;
  }

  it('leaves nothing out that ended since the mark of the database, when it is said too late', async () => {
    const instants = await asked(new Date(Date.now() + HOUR_MS));
    expect(instants.length).toBeGreaterThan(0);
    expect(Math.max(...instants)).toBeLessThanOrEqual(Date.now() - MARGIN_MS);
  });

  it('goes back further than the mark of the database, when it is said so', async () => {
    const since = new Date(Date.now() - HOUR_MS);
    expect(new Set(await asked(since))).toEqual(new Set([since.getTime() - MARGIN_MS]));
  });
});
