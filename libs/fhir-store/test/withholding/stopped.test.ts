/**
 * The databases of a plan commit one after the other. What one of them withholds is told to all of them, also when somebody was
 * stopped in between (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation, waitUntil } from '@patient-access/testing';
import { openLeft } from '../../src/ingest.ts';
import { ETH } from '../related/world.ts';
import { asMember, type World } from '../world.ts';
import { type RecordServices, startRecordServices } from './worlds.ts';

const TENANT = 'north';
const [system = '', code = ''] = ETH.split('|');
const WORDS = 'Alcohol dependence';

/** Postgres asks this at the commit. @param which of the rows; without it each */
const breakAt = (change: 'INSERT' | 'DELETE', which = '') => `
  CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stopped at the commit'; END $$;
  CREATE CONSTRAINT TRIGGER stop AFTER ${change} ON conditional_resource
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW ${which} EXECUTE FUNCTION stop()`;
const MEND = 'DROP FUNCTION stop() CASCADE';
const WAITING = `
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

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

  const adminOf = (service: string) => (services.worlds.get(service) as World).admin;
  const open = () => openLeft([...services.pools.values()], TENANT);

  /** Whether apps get the words beside the references to the member's record, from each service. */
  const shown = (member: string) =>
    Promise.all(
      naming(member).map(async ([service, { resourceType, id }]) => {
        const app = await asMember(services.worlds.get(service) as World, TENANT, member);
        return (await app(`${resourceType}/${id}`)).text.includes(WORDS);
      }),
    );
  const ALL = [true, true, true];

  const left = async () => {
    const noted = [...services.worlds.values()].map(({ admin }) =>
      admin.query<{ member: string }>('SELECT member FROM left_to_open'),
    );
    return (await Promise.all(noted)).flatMap(({ rows }) => rows.map(({ member }) => member));
  };

  /** The member's record loses its label, and the writer is stopped before anything is opened. */
  const leave = async (member: string) => {
    const secret = (more: Partial<Resource>) => observation(`of-${member}`, member, more);
    const store = (...resources: Resource[]) => services.store(TENANT, resources);
    const named = naming(member).map(([, resource]) => resource);
    await store(secret({ meta: { security: [{ system, code }] } }), ...named);
    expect(await shown(member)).toEqual([false, false, false]);

    await adminOf('claims-service').query(breakAt('DELETE'));
    await expect(store(secret({}))).rejects.toThrow('stopped at the commit');
    await adminOf('claims-service').query(MEND);
    await store(secret({}));
    expect(await shown(member)).toContain(false);
    expect(await left()).toContain(member);
  };

  it('opens at the next import what it withholds no more', async () => {
    await leave('opened');
    await open();
    expect(await shown('opened')).toEqual(ALL);
    expect(await left()).toEqual([]);
  });

  it('opens also where one member’s records cannot be opened', async () => {
    for (const member of ['amy', 'zoe']) await leave(member);
    await adminOf('claims-service').query(breakAt('DELETE', "WHEN (OLD.member = 'zoe')"));
    await expect(open()).rejects.toThrow('stopped at the commit');
    await adminOf('claims-service').query(MEND);
    expect(await shown('amy')).toEqual(ALL);
    expect(await left()).toEqual(['zoe']);
    await open();
    expect(await shown('zoe')).toEqual(ALL);
  });

  it('leaves to a writer that runs what this one opens itself', async () => {
    await leave('running');
    const turn = await adminOf('clinical-service').connect();
    try {
      await turn.query('SELECT pg_advisory_lock(hashtext($1))', [TENANT]);
      const opening = open();
      await waitUntil(async () => (await turn.query(WAITING)).rowCount === 1);
      await turn.query('DELETE FROM left_to_open');
      await turn.query('SELECT pg_advisory_unlock(hashtext($1))', [TENANT]);
      await opening;
    } finally {
      turn.release(true);
    }
    expect(await shown('running')).toContain(false);
  });
});
