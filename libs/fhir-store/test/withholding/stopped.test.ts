/**
 * The databases of a plan commit one after the other. What one of them withholds is told to all of them, also when somebody was
 * stopped in between (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { openLeft } from '../../src/ingest.ts';
import { ETH } from '../related/world.ts';
import { asMember, type World } from '../world.ts';
import { type RecordServices, startRecordServices } from './worlds.ts';

const TENANT = 'north';
const [system = '', code = ''] = ETH.split('|');
const WORDS = 'Alcohol dependence';

/** Postgres asks this at the commit. */
const breakAt = (change: 'INSERT' | 'DELETE') => `
  CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stopped at the commit'; END $$;
  CREATE CONSTRAINT TRIGGER stop AFTER ${change} ON conditional_resource
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stop()`;
const MEND = 'DROP FUNCTION stop() CASCADE';

/** What names the record, kept by each of the services. */
const naming = (member: string): [service: string, Resource][] => {
  const named = { reference: `Observation/of-${member}`, display: WORDS };
  const patient = { reference: `Patient/${member}` };
  return [
    [
      'coverage-service',
      {
        ...{ resourceType: 'CoverageEligibilityRequest', id: `asked-${member}`, status: 'active', patient },
        supportingInfo: [{ sequence: 1, information: named }],
      },
    ],
    [
      'claims-service',
      {
        ...{ resourceType: 'ExplanationOfBenefit', id: `claim-${member}`, status: 'active', use: 'claim' },
        ...{ patient, referral: named },
      },
    ],
    ['clinical-service', observation(`naming-${member}`, member, { hasMember: [named] })],
  ];
};

describe('a label, and a writer that is stopped', () => {
  let services: RecordServices;
  beforeAll(async () => {
    services = await startRecordServices();
  }, 120_000);
  afterAll(() => services?.stop());

  it.each(['coverage-service', 'claims-service', 'clinical-service'])(
    'is told to all databases when the same comes again: %s',
    async (stopped) => {
      const [member] = stopped.split('-') as [string];
      const named = naming(member);
      const secret = observation(`of-${member}`, member, { meta: { security: [{ system, code }] } });
      const store = (...resources: Resource[]) => services.store(TENANT, resources);
      const { admin } = services.worlds.get(stopped) as World;
      await store(...named.map(([, resource]) => resource));

      await admin.query(breakAt('INSERT'));
      await expect(store(secret)).rejects.toThrow('stopped at the commit');
      await admin.query(MEND);
      await store(secret);

      for (const [service, { resourceType, id }] of named) {
        const app = await asMember(services.worlds.get(service) as World, TENANT, member);
        const { status, text } = await app(`${resourceType}/${id}`);
        expect([service, status]).toEqual([service, 200]);
        expect(text).not.toContain(WORDS);
      }
    },
  );

  it('opens at the next import what it withholds no more', async () => {
    const member = 'opened';
    const named = naming(member);
    const secret = (more: Partial<Resource>) => observation(`of-${member}`, member, more);
    const store = (...resources: Resource[]) => services.store(TENANT, resources);
    const shown = () =>
      Promise.all(
        named.map(async ([service, { resourceType, id }]) => {
          const app = await asMember(services.worlds.get(service) as World, TENANT, member);
          return (await app(`${resourceType}/${id}`)).text.includes(WORDS);
        }),
      );
    const { admin } = services.worlds.get('claims-service') as World;
    await store(secret({ meta: { security: [{ system, code }] } }), ...named.map(([, resource]) => resource));
    expect(await shown()).toEqual([false, false, false]);

    await admin.query(breakAt('DELETE'));
    await expect(store(secret({}))).rejects.toThrow('stopped at the commit');
    await admin.query(MEND);
    await store(secret({}));
    expect(await shown()).toContain(false);
    await openLeft([...services.pools.values()], TENANT);
    expect(await shown()).toEqual([true, true, true]);
    for (const world of services.worlds.values())
      expect((await world.admin.query('SELECT FROM left_to_open')).rowCount).toBe(0);
  });
});
