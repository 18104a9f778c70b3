/** Searches of the trail by the security labels of events (docs/adr/0053-show-an-app-the-events-of-those-who-see-no-more-than-it.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, asMember, eventsIn, idOf, startWorld, type World } from '../world.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const [ETH, SECRET] = [`${ACT_CODE}|ETH`, '|plain'];

const PLAIN = accessEvent();
const ONE = accessEvent({ released: [ETH] });
const TWO = accessEvent({ released: [ETH, SECRET] });
const NAMES = new Map([PLAIN, ONE, TWO].map((event, at) => [idOf(event), ['plain', 'one', 'two'][at]]));

describe('a search of the trail by _security', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(PLAIN, ONE, TWO));
  });
  afterAll(() => world?.stop());

  it.each([
    ['_security=ETH', ['one', 'two']],
    [`_security=${ETH}`, ['one', 'two']],
    [`_security=${ACT_CODE}|`, ['one', 'two']],
    ['_security=|plain', ['two']],
    ['_security=TH', []],
    [`_security=${ACT_CODE}|ET`, []],
    ['_security=|ETH', []],
    ['_security=x,plain', ['two']],
    ['_security:not=plain', ['plain', 'one']],
    ['_security:missing=true', ['plain']],
    ['_security:missing=false', ['one', 'two']],
  ])('%s finds %j, for members and auditors', async (query, names) => {
    const released = await asMember(world, 'northwind', 'anna', { sensitive: [ETH, SECRET] });
    for (const ask of [released, await asAuditor(world)]) {
      const answer = await ask(`AuditEvent?patient=anna&${query}`);
      expect([query, answer.status]).toEqual([query, 200]);
      expect(
        eventsIn(answer)
          .map(({ id }) => NAMES.get(id) ?? id)
          .sort(),
      ).toEqual([...names].sort());
    }
  });

  it('finds no event that is withheld from the app', async () => {
    const app = await asMember(world, 'northwind', 'anna');
    for (const query of ['_security=ETH', '_security:missing=false', '_security:not=x&_security=plain'])
      expect(eventsIn(await app(`AuditEvent?${query}`))).toEqual([]);
  });
});
