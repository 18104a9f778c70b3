/**
 * A prior authorization has to stay available for at least a year after its last change (PDex; CMS-0057-F). In this
 * store nothing expires, so there is no limit to test. The tests show that old resources are served like new ones.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { type Asker, asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';

const DENIED = { coding: [{ system: 'https://codesystem.x12.org/external/306', code: 'A3' }] };

const authorization = (id: string, change: Record<string, unknown> = {}): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id,
  use: 'preauthorization',
  status: 'active',
  created: '2019-03-01',
  patient: { reference: 'Patient/anna' },
  preAuthRef: [`ref-${id}`],
  preAuthRefPeriod: [{ start: '2019-03-01', end: '2019-06-01' }],
  item: [{ sequence: 1, adjudication: [{ category: { text: 'submitted' }, reason: DENIED }] }],
  ...change,
});

const AGES = ['364 days', '1 year', '366 days', '10 years'];
const idOf = (age: string) => age.replace(' ', '-');

describe('a prior authorization', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld({}, 'claims-service');
    for (const status of ['active', 'cancelled'])
      await world.store('north', ...AGES.map((age) => authorization(idOf(age), { status })));
    for (const age of AGES)
      for (const table of ['resource', 'resource_history'])
        await world.admin.query(
          `UPDATE ${table} SET last_updated = now() - $1::interval - (2 - version) * interval '1 day' WHERE id = $2`,
          [age, idOf(age)],
        );
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each(AGES)(
    'that changed last %s ago is served like any other, with each of its versions',
    async (age) => {
      const id = idOf(age);
      const read = await anna(`ExplanationOfBenefit/${id}`);
      expect([read.status, JSON.parse(read.text)]).toMatchObject([
        200,
        { status: 'cancelled', item: [{ adjudication: [{ reason: DENIED }] }], preAuthRef: [`ref-${id}`] },
      ]);
      for (const query of [
        'use=preauthorization',
        'status=cancelled',
        'created=2019',
        '_lastUpdated=le2100',
        '',
      ])
        expect(idsOf(await anna(`ExplanationOfBenefit?${query}&_count=100`))).toContain(id);
      expect(bundleOf(await anna(`ExplanationOfBenefit/${id}/_history`)).entry).toHaveLength(2);
      expect((await anna(`ExplanationOfBenefit/${id}/_history/1`)).status).toBe(200);
      expect(idsOf(await anna('Patient/$everything?_part=claims-service'))).toContain(id);
    },
  );

  it('is counted, and stays when others are imported', async () => {
    await world.store('north', authorization('new'));
    const page = bundleOf(await anna('ExplanationOfBenefit?use=preauthorization&_total=accurate'));
    expect(page.total).toBe(AGES.length + 1);
  });

  it('cannot be removed by a service', async () => {
    for (const table of ['resource', 'resource_history', 'search_value']) {
      const { rows } = await world.admin.query<{ may: boolean }>(
        "SELECT has_table_privilege('clinical_service', $1, 'DELETE, TRUNCATE, UPDATE') AS may",
        [table],
      );
      expect([table, rows[0]?.may]).toEqual([table, false]);
    }
    // An import writes versions again when something they refer to becomes withheld, but it never drops versions.
    const { rows } = await world.admin.query<{ may: boolean }>(
      "SELECT has_table_privilege('clinical_ingest', 'resource_history', 'UPDATE, TRUNCATE') AS may",
    );
    expect(rows).toEqual([{ may: false }]);
  });
});
