/** Granular scopes of a member's app for the trail. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accessEvent, asLines, asMember, eventsIn, idOf, startWorld, type World } from '../world.ts';

const SHOWN = accessEvent();
const REFUSED = accessEvent({
  outcome: '4',
  reason: 'not-found',
  resource: undefined,
  counts: undefined,
  bodyHash: undefined,
});

describe('a member’s app with a granular scope for the trail', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(SHOWN, REFUSED, accessEvent({ member: 'ben' })));
  });
  afterAll(() => world?.stop());

  it.each(['outcome=0', 'entity=ExplanationOfBenefit/7', 'date=2026&outcome=0', `_id=${idOf(SHOWN)}`])(
    '%s is shown by each interaction what the scope covers, and everything else is not there',
    async (filter) => {
      const app = await asMember(world, 'northwind', 'anna', { scope: `patient/AuditEvent.rs?${filter}` });
      expect(eventsIn(await app('AuditEvent')).map(({ id }) => id)).toEqual([idOf(SHOWN)]);
      const statusOf = async (path: string) => (await app(`AuditEvent/${path}`)).status;
      for (const what of ['', '/_history/1', '/_history']) {
        expect([what, await statusOf(`${idOf(SHOWN)}${what}`)]).toEqual([what, 200]);
        expect([what, await statusOf(`${idOf(REFUSED)}${what}`)]).toEqual([what, 404]);
        expect([what, await statusOf(`none${what}`)]).toEqual([what, 404]);
      }
      expect(eventsIn(await app(`AuditEvent/${idOf(SHOWN)}/_history`)).map(({ id }) => id)).toEqual([
        idOf(SHOWN),
      ]);
    },
  );
});
