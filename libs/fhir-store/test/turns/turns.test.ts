/** Who waits for whom among those who write a plan's resources. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';
import { observation, seededRandom } from '@patient-access/testing';
import { noteLoad } from '../../src/ingest/loads/feed-loads.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { asMember, idsOf, nextOf, startWorld, type World } from '../world.ts';
import { HeldWriter, storeAll } from './held-writer.ts';

const TENANT = 'north';
const WAITING = `
  SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'clinical_ingest' AND wait_event_type = 'Lock'`;

const practitioner = (id: string, family: string): Resource => ({
  resourceType: 'Practitioner',
  id,
  name: [{ family }],
});
const provenance = (id: string, target: string): Resource => ({
  resourceType: 'Provenance',
  id,
  target: [{ reference: target }],
  recorded: '2026-01-01T00:00:00Z',
  agent: [{ who: { display: 'the plan' } }],
});

describe('those who write resources of one plan', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    // Who waits for a writer that nobody lets go fails soon.
    pool = await createPool(world.urls.ingest, { max: 6, statementTimeoutMs: 10_000 });
  }, 60_000);
  afterEach(() => writer.letGo());
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const store = (...resources: Resource[]) => storeAll(alone(pool), TENANT, resources);
  const hold = (...resources: Resource[]) => writer.hold(alone(pool), TENANT, resources);
  const waiting = async () => (await world.admin.query<{ n: number }>(WAITING)).rows[0]?.n ?? 0;
  const writer = new HeldWriter(waiting);
  const expectToWait: HeldWriter['expectToWait'] = (work) => writer.expectToWait(work);
  const versionsOf = async (type: string, id: string) =>
    (
      await world.admin.query<{ member: string; version: number }>(
        `SELECT member, version FROM resource WHERE tenant = $1 AND type = $2 AND id = $3
         UNION ALL SELECT member, version FROM resource_history WHERE tenant = $1 AND type = $2 AND id = $3 ORDER BY version`,
        [TENANT, type, id],
      )
    ).rows;

  it('do not wait for each other when they write for different members', async () => {
    await store(observation('of-ben', 'ben'));
    await hold(observation('of-anna', 'anna'));
    expect(await store(observation('of-ben', 'ben', { status: 'amended' }))).toEqual(['updated']);
    expect(await store(provenance('of-ben', 'Observation/of-ben'))).toEqual(['created']);
    expect(await store(practitioner('p1', 'Berg'))).toEqual(['created']);
    await noteLoad(pool, TENANT, {
      load: '019abcde-0000-7000-8000-000000000001',
      asOf: '2026-01-01T00:00:00Z',
      counts: [
        {
          ...{
            type: 'Observation',
            created: 0,
            updated: 1,
            unchanged: 0,
            deleted: 0,
            rejected: 0,
            findings: 0,
          },
          carried: true,
        },
      ],
    });
    expect(await waiting()).toBe(0);
  });

  it('wait when they write for the same member, and then store the next version', async () => {
    await hold(observation('twice', 'anna'));
    expect(await expectToWait(store(observation('of-anna-too', 'anna')))).toEqual(['created']);
    await hold(observation('twice', 'anna', { status: 'preliminary' }));
    await expectToWait(store(observation('twice', 'anna', { status: 'amended' })));
    expect(await versionsOf('Observation', 'twice')).toEqual([
      { member: 'anna', version: 1 },
      { member: 'anna', version: 2 },
      { member: 'anna', version: 3 },
    ]);
  });

  it('wait when they write the same data of the plan, and store it once', async () => {
    await hold(observation('with-data', 'anna'), practitioner('shared', 'Berg'));
    expect(
      await expectToWait(store(observation('with-data-too', 'ben'), practitioner('shared', 'Berg'))),
    ).toEqual(expect.arrayContaining(['created', 'unchanged']));
    expect(await versionsOf('Practitioner', 'shared')).toEqual([{ member: '', version: 1 }]);
  });

  it('wait when both bring a resource of the same id, which the later one then has', async () => {
    await hold(observation('whose', 'anna'));
    await expectToWait(store(observation('whose', 'ben')));
    expect(await versionsOf('Observation', 'whose')).toEqual([
      { member: 'anna', version: 1 },
      { member: 'ben', version: 2 },
    ]);
    expect(idsOf(await (await asMember(world, TENANT, 'anna'))('Observation?_id=whose'))).toEqual([]);
  });

  it('wait for who deletes, and for who brings a resource before what it refers to', async () => {
    await store(observation('to-delete', 'ben'));
    await hold(observation('before', 'anna'));
    const erased = new Ingest(alone(pool), TENANT).store([
      { deleted: { type: 'Observation', id: 'to-delete' }, origin: 0 },
    ]);
    expect(await expectToWait(erased)).toMatchObject([{ status: 'deleted' }]);
    await hold(observation('before', 'anna', { status: 'amended' }));
    const early = {
      ...provenance('early', 'Patient/ben'),
      target: [{ reference: 'Patient/ben' }, { reference: 'Observation/late' }],
    };
    expect(await expectToWait(store(early))).toEqual(['created']);
  });

  it('end, and store each resource once, whatever order they bring the same ids in', async () => {
    const random = seededRandom(118);
    const some = () =>
      Array.from({ length: 20 }, () => {
        const at = random.below(40);
        const id = `race-${at}`;
        return at % 4 === 0
          ? practitioner(id, random.pick(['Berg', 'Dahl']))
          : observation(id, random.pick(['anna', 'ben', 'carl']), {
              status: random.pick(['final', 'amended']),
            });
      });
    const writer = async () => {
      for (let batch = 0; batch < 8; batch += 1) await store(...some());
    };
    await Promise.all([writer(), writer(), writer()]);
    const { rows } = await world.admin.query<{ versions: string; gaps: string }>(
      `SELECT count(*) AS versions, max(version) - count(*) AS gaps FROM (
         SELECT type, id, version FROM resource WHERE id LIKE 'race-%'
         UNION ALL SELECT type, id, version FROM resource_history WHERE id LIKE 'race-%') v GROUP BY type, id`,
    );
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(({ gaps }) => gaps !== '0')).toEqual([]);
  });

  it('hide nothing from a search that began before one of them ended, though another ended first', async () => {
    const of = (member: string, status: string) =>
      Array.from({ length: 30 }, (_, at) => observation(`${member}-${at}`, member, { status }));
    await store(...of('dora', 'final'), ...of('emil', 'final'));
    const dora = await asMember(world, TENANT, 'dora');
    const before = idsOf(await dora('Observation?_count=100'));
    await hold(...of('dora', 'amended').slice(10));
    await store(...of('emil', 'amended'));
    const first = await dora('Observation?_count=20');
    await writer.letGo();
    await store(...of('emil', 'final'));
    const second = await dora(nextOf(first, TENANT) ?? '');
    expect([...idsOf(first), ...idsOf(second)]).toEqual(before);
  });
});
