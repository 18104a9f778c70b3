/** A plan’s list of sensitive codes holds in all databases before anything that is stored is labelled. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SensitiveCodes } from '@patient-access/fhir';
import { condition } from '@patient-access/testing';
import { applySensitiveCodes } from '../../src/ingest/labels/relabel.ts';
import { DataSurvey } from '../../src/ingest/survey.ts';
import { asMember, idsOf } from '../world.ts';
import { type RecordServices, startRecordServices } from './worlds.ts';

const TENANT = 'north';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const SUD = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|SUD';
const CODES: SensitiveCodes = [{ category: 'substance-use', codes: { [ICD]: ['F10*'] } }];
const [COVERAGE, CLINICAL] = ['coverage-service', 'clinical-service'] as const;

let services: RecordServices;
beforeAll(async () => {
  services = await startRecordServices();
}, 120_000);
afterAll(() => services?.stop());

it('labels what another service gets while the first one is gone through, and does not count as applied there', async () => {
  await services.store(TENANT, [{ resourceType: 'Patient', id: 'anna' }]);
  const labelling = applySensitiveCodes(services.databases(COVERAGE), TENANT, CODES);
  await labelling.next();
  const code = { coding: [{ system: ICD, code: 'F10.20' }] };
  await services.store(TENANT, [condition('alcohol', 'anna', { code })]);
  const world = services.worlds.get(CLINICAL);
  if (!world) throw new Error(CLINICAL);
  const seenWith = async (...sensitive: string[]) =>
    idsOf(await (await asMember(world, TENANT, 'anna', { sensitive }))('Condition'));
  expect([await seenWith(), await seenWith(SUD)]).toEqual([[], ['alcohol']]);
  for await (const _ of labelling);
  const applied = async (owner: string) =>
    (await new DataSurvey(services.databases(owner).own, TENANT).labels()).applied;
  expect([await applied(COVERAGE), await applied(CLINICAL)]).toEqual([true, false]);
});
