/** Another member's resource is answered as one that does not exist, for each type at the service that owns it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definitions, ownersOf, type Owner, servedTypes } from '@patient-access/fhir';
import { type Asker, asMember, startWorld, withoutRequestId, type World } from '../world.ts';

const OWNERS: Owner[] = ['coverage-service', 'claims-service', 'clinical-service'];
/** A wildcard scope does not cover some types, so the scope has to name them. */
const scope = ['*', ...servedTypes.filter((type) => definitions.get(type)?.namedOnly)]
  .map((type) => `patient/${type}.rs`)
  .join(' ');
const CURRENT = `
  INSERT INTO resource (tenant, member, type, id, version, version_id, last_updated, body, hash)
  VALUES ('north', 'ben', $1, 'theirs', 2, '2b', now(), '{}', '')`;
const EARLIER = `
  INSERT INTO resource_history (tenant, member, type, id, version, version_id, last_updated, body)
  VALUES ('north', 'ben', $1, 'theirs', 1, '1a', now(), '{}')`;

describe.each(OWNERS)('at %s', (owner) => {
  const types = servedTypes.filter((type) => ownersOf(type).includes(owner));
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld({}, owner);
    for (const type of types)
      for (const insert of [CURRENT, EARLIER]) await world.admin.query(insert, [type]);
    anna = await asMember(world, 'north', 'anna', { scope });
  });
  afterAll(() => world?.stop());

  it.each(types)(
    'F02, F03: %s of another member is answered, byte for byte, as one that does not exist',
    async (type) => {
      const asked: string[] = [];
      for (const path of ['{}', '{}/_history/1', '{}/_history/2', '{}/_history']) {
        const [theirs, nobodys] = [
          await anna(`${type}/${path.replace('{}', 'theirs')}`),
          await anna(`${type}/${path.replace('{}', 'nobody')}`),
        ];
        expect([path, theirs.status]).toEqual([path, 404]);
        expect(withoutRequestId(theirs)).toEqual(withoutRequestId(nobodys));
        asked.push(theirs.requestId);
      }
      const found = definitions.get(type)?.interactions.includes('search-type') && (await anna(type));
      if (found) expect([found.status, found.text.includes('theirs')]).toEqual([200, false]);
      const events = (await world.events()).filter(({ requestId }) => asked.includes(requestId));
      expect(events.map(({ outcome, reason, member }) => [outcome, reason, member])).toEqual(
        Array(asked.length).fill(['4', 'not-found', 'anna']),
      );
      for (const { request, ...rest } of events) {
        expect(request).toContain(`${type}/theirs`);
        expect(JSON.stringify(rest)).not.toMatch(/theirs|ben/);
      }
    },
  );
});
