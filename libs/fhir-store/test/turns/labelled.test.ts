/**
 * Who waits for a writer of records that not everybody may see, of which every database of the tenant is told
 * (docs/adr/0150-tell-all-databases-of-one-members-labels-beside-others.md).
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';
import { observation, practitioner, seededRandom } from '@patient-access/testing';
import { beginComplete, stateComplete } from '../../src/ingest/loads/complete-records.ts';
import { type RecordServices, startRecordServices } from '../withholding/worlds.ts';
import { HeldWriter, storeAll } from './held-writer.ts';

const TENANT = 'north';
const [CLINICAL, CLAIMS] = ['clinical-service', 'claims-service'] as const;
const LABELLED = {
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' }] },
};
/** No category of what a member can release has it. */
const FOR_NO_APP = { meta: { security: [{ system: 'urn:plan', code: 'secret' }] } };
const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;

/** @param named the record of another service that it refers to */
const claim = (id: string, member: string, named: string, use = 'claim'): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id,
  status: 'active',
  use,
  patient: { reference: `Patient/${member}` },
  supportingInfo: [{ sequence: 1, valueReference: { reference: named } }],
});

describe('a writer of records with a label', () => {
  let services: RecordServices;
  beforeAll(async () => {
    services = await startRecordServices();
  }, 60_000);
  afterEach(() => writer.letGo());
  afterAll(() => services?.stop());

  const store = (owner: string, ...resources: Resource[]) =>
    storeAll(services.databases(owner), TENANT, resources);
  const hold = (owner: string, ...resources: Resource[]) =>
    writer.hold(services.databases(owner), TENANT, resources);

  async function waiting(): Promise<number> {
    const counts = [...services.worlds.values()].map(async ({ admin }) => {
      const { rows } = await admin.query<{ n: number }>(WAITING);
      return rows[0]?.n ?? 0;
    });
    return (await Promise.all(counts)).reduce((sum, n) => sum + n, 0);
  }

  const writer = new HeldWriter(waiting);
  const expectToWait: HeldWriter['expectToWait'] = (work) => writer.expectToWait(work);

  const rowsOf = async <Row extends object>(owner: string, sql: string) =>
    (await services.worlds.get(owner)?.admin.query<Row>(sql, [TENANT]))?.rows ?? [];

  /** The ids of records that everybody may see as they are. */
  const seenByAll = async (owner: string) =>
    (
      await rowsOf<{ id: string }>(
        owner,
        'SELECT id FROM resource WHERE tenant = $1 AND form = 0 AND audience IS NULL',
      )
    ).map(({ id }) => id);

  it('lets others write for other members, with labels too, in every database', async () => {
    await hold(CLINICAL, observation('secret-of-anna', 'anna', LABELLED));
    expect(await store(CLINICAL, observation('secret-of-ben', 'ben', LABELLED))).toEqual(['created']);
    expect(await store(CLAIMS, claim('of-ben', 'ben', 'Observation/secret-of-ben'))).toEqual(['created']);
    expect(await store(CLINICAL, observation('of-carl', 'carl'))).toEqual(['created']);
    expect(await waiting()).toBe(0);
    expect(await seenByAll(CLAIMS)).not.toContain('of-ben');
  });

  it('has the same member wait in the other databases, whose records are then withheld', async () => {
    await hold(CLINICAL, observation('secret-of-dora', 'dora', LABELLED));
    const named = claim('of-dora', 'dora', 'Observation/secret-of-dora');
    expect(await expectToWait(store(CLAIMS, named))).toEqual(['created']);
    expect(await seenByAll(CLAIMS)).not.toContain('of-dora');
  });

  it('waits for who writes for the same member in another database, and withholds what he wrote', async () => {
    await hold(CLAIMS, claim('of-emil', 'emil', 'Observation/secret-of-emil'));
    const secret = observation('secret-of-emil', 'emil', LABELLED);
    expect(await expectToWait(store(CLINICAL, secret))).toEqual(['created']);
    expect(await seenByAll(CLAIMS)).not.toContain('of-emil');
  });

  it('waits for everybody when the record is of the plan, which any member may refer to', async () => {
    await hold(CLAIMS, claim('of-frida', 'frida', 'Practitioner/secret'));
    const secret = { ...practitioner('secret', 'Berg'), ...LABELLED };
    expect(await expectToWait(store(CLINICAL, secret))).toEqual(['created']);
    expect(await seenByAll(CLAIMS)).not.toContain('of-frida');
  });

  it('has a statement that claims are complete wait, which is not made where one is withheld from every app', async () => {
    const pool = services.pools.get(CLAIMS) as Pool;
    const stating = { load: '019abcde-0000-7000-8000-000000000150', types: ['ExplanationOfBenefit'] };
    // Without an element that it has to have, no app gets it.
    const provider = { reference: 'Observation/secret-of-kim' };
    await store(CLAIMS, { ...claim('of-kim', 'kim', 'Observation/other'), provider });
    await beginComplete(pool, TENANT, stating);
    await hold(CLINICAL, observation('secret-of-kim', 'kim', FOR_NO_APP));
    const stated = stateComplete(pool, TENANT, {
      ...stating,
      since: '2026-01-01',
      upTo: '2026-11-30T00:00:00Z',
    });
    expect(await expectToWait(stated)).toBe(false);
  });

  it('ends, and leaves in each database the same, whatever order labels and references come in', async () => {
    const members = ['gina', 'hugo', 'ida'];
    const ids = Array.from({ length: 12 }, (_, at) => `r${at}`);
    const memberOf = (id: string) => members[ids.indexOf(id) % members.length] as string;
    type Random = ReturnType<typeof seededRandom>;
    const observed = (id: string, random: Random) =>
      observation(id, memberOf(id), id !== 'r0' && random.below(2) === 0 ? LABELLED : {});
    const claimed = (id: string, random: Random) =>
      claim(`of-${id}`, memberOf(id), `Observation/${id}`, random.pick(['claim', 'preauthorization']));
    const writing = async (owner: string, one: typeof observed, seed: number) => {
      const random = seededRandom(seed);
      for (let batch = 0; batch < 12; batch += 1) {
        const some = new Set(Array.from({ length: 4 }, () => random.pick(ids)));
        await store(owner, ...[...some].map((id) => one(id, random)));
      }
    };
    await Promise.all([
      writing(CLINICAL, observed, 1),
      writing(CLINICAL, observed, 2),
      writing(CLAIMS, claimed, 3),
      writing(CLAIMS, claimed, 4),
    ]);
    // Whatever came last: one that is withheld for certain, and one that never was.
    await store(CLAIMS, ...['r0', 'r1'].map((id) => claim(`of-${id}`, memberOf(id), `Observation/${id}`)));
    await store(CLINICAL, observation('r1', memberOf('r1'), LABELLED));
    const conditional =
      'SELECT member, type, id, alternatives FROM conditional_resource WHERE tenant = $1 ORDER BY 1, 2, 3';
    const ofClinical = await rowsOf<{ id: string }>(CLINICAL, conditional);
    for (const owner of services.worlds.keys()) expect(await rowsOf(owner, conditional)).toEqual(ofClinical);
    const hidden = new Set(ofClinical.map(({ id }) => id));
    const clear = await seenByAll(CLAIMS);
    expect(clear.filter((id) => hidden.has(id.slice('of-'.length)))).toEqual([]);
    expect(hidden).toContain('r1');
    expect(clear).toContain('of-r0');
  });
});
