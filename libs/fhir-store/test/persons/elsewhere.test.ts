/** Persons whose records are in the databases of several services (docs/adr/0093-follow-persons-whose-numbers-change.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { Ingest } from '../../src/ingest/ingest.ts';
import { mergePersons, unmergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { withdraw } from '../../src/ingest/persons/withdrawal.ts';
import { provenance } from '../related/world.ts';
import { type RecordServices, startRecordServices } from '../withholding/worlds.ts';
import { asMember } from '../world.ts';

const TENANT = 'north';
const [COVERAGE, CLAIMS, CLINICAL] = ['coverage-service', 'claims-service', 'clinical-service'] as const;

const patient = (id: string): Resource => ({ resourceType: 'Patient', id });
const claim = (id: string, member: string): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id,
  status: 'active',
  use: 'claim',
  patient: { reference: `Patient/${member}` },
});

describe('a claim that was withdrawn from the survivor as the replaced person’s', () => {
  let services: RecordServices;
  beforeAll(async () => {
    services = await startRecordServices();
  }, 120_000);
  afterAll(() => services?.stop());

  const store = (...resources: Resource[]) => services.store(TENANT, resources);
  const ofClaims = () => {
    const databases = services.databases(CLAIMS);
    return { databases, tenant: TENANT, ingest: new Ingest(databases, TENANT) };
  };

  it('is hers for clinical-service too, also when it is deleted, for as long as the merge stands', async () => {
    await store(patient('p1'), patient('p2'), claim('mixed', 'p2'), claim('own', 'p2'));
    await withdraw(
      { ...ofClaims(), feed: { owner: CLAIMS, by: 'officer' } },
      {
        member: 'p2',
        record: { type: 'ExplanationOfBenefit', id: 'mixed' },
        reason: 'mixed up',
        to: { member: 'p1', id: 'mixed' },
      },
    );
    const merge = { change: 'm-1', replaced: 'p1', survivor: 'p2', reason: 'two cards' };
    const feed = { owner: COVERAGE, by: 'officer' };
    const moving = { databases: services.databases(COVERAGE), tenant: TENANT, feed };
    await mergePersons(moving, merge);
    const deleted = { type: 'ExplanationOfBenefit', id: 'mixed' };
    const [result] = await ofClaims().ingest.store([{ deleted, origin: 0 }]);
    expect(result?.status).toBe('deleted');
    const both = ['ExplanationOfBenefit/mixed', 'ExplanationOfBenefit/own'];
    await store(provenance('of-both', ...both));
    const world = services.worlds.get(CLINICAL);
    if (!world) throw new Error(CLINICAL);
    expect((await (await asMember(world, TENANT, 'p2'))('Provenance/of-both')).status).toBe(200);

    await unmergePersons(moving, merge);
    await expect(store(provenance('later', ...both))).rejects.toThrow(
      'withdrawn: it is about ExplanationOfBenefit/mixed',
    );
  });
});
