/**
 * A plan’s list of sensitive codes holds in all databases before anything that is stored is labelled, and only who sets a list
 * changes it.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SensitiveCodes } from '@patient-access/fhir';
import { condition } from '@patient-access/testing';
import { beginComplete, stateComplete } from '../../src/ingest/loads/complete-records.ts';
import { applySensitiveCodes } from '../../src/ingest/labels/relabel.ts';
import { setSensitiveCodes } from '../../src/ingest/labels/set-codes.ts';
import { DataSurvey } from '../../src/ingest/survey.ts';
import { asMember, idsOf } from '../world.ts';
import { type RecordServices, startRecordServices } from './worlds.ts';

const TENANT = 'north';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const SUD = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|SUD';
const CODES: SensitiveCodes = [{ category: 'substance-use', codes: { [ICD]: ['F10*'] } }];
const [COVERAGE, CLAIMS, CLINICAL] = ['coverage-service', 'claims-service', 'clinical-service'] as const;
const OWNERS = [COVERAGE, CLAIMS, CLINICAL];

let services: RecordServices;
beforeAll(async () => {
  services = await startRecordServices();
}, 120_000);
afterAll(() => services?.stop());

const poolOf = (owner: string) => services.databases(owner).own;
const set = (tenant: string, codes: SensitiveCodes) => setSensitiveCodes(OWNERS.map(poolOf), tenant, codes);
async function label(owner: string, tenant: string, codes: SensitiveCodes): Promise<void> {
  for await (const _ of applySensitiveCodes(services.databases(owner), tenant, codes));
}
const isApplied = (tenant: string) =>
  Promise.all(OWNERS.map(async (owner) => (await new DataSurvey(poolOf(owner), tenant).labels()).applied));

it('labels what another service gets while the first one is gone through, and does not count as applied there', async () => {
  await services.store(TENANT, [{ resourceType: 'Patient', id: 'anna' }]);
  await set(TENANT, CODES);
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
  expect(await isApplied(TENANT)).toEqual([true, false, false]);
});

it('stays the list that was set last, also where another one is applied still', async () => {
  const [tenant, later] = ['two', [{ category: 'mental-health', codes: { [ICD]: ['F3*'] } }] as const];
  await set(tenant, CODES);
  await label(COVERAGE, tenant, CODES);
  await set(tenant, later);
  for (const owner of OWNERS) await label(owner, tenant, later);
  for (const owner of [CLAIMS, CLINICAL])
    await expect(label(owner, tenant, CODES)).rejects.toThrow('another list was set meanwhile');
  const rules = OWNERS.map(async (owner) => {
    const text = 'SELECT rules FROM sensitive_codes WHERE tenant = $1';
    const found = await services.worlds.get(owner)?.admin.query<{ rules: string }>(text, [tenant]);
    return found?.rows[0]?.rules;
  });
  expect(new Set(await Promise.all(rules))).toEqual(new Set([JSON.stringify(later)]));
  expect(await isApplied(tenant)).toEqual([true, true, true]);
});

it('leaves the statement that claims are complete until it changes one of them', async () => {
  const tenant = 'stated';
  const claim = (id: string, code: string) => ({
    resourceType: 'ExplanationOfBenefit',
    id,
    status: 'active',
    patient: { reference: 'Patient/anna' },
    diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: ICD, code }] } }],
  });
  await services.store(tenant, [claim('cold', 'J10'), claim('alcohol', 'F10.20')]);
  const stating = { load: '019abcde-0000-7000-8000-000000000151', types: ['ExplanationOfBenefit'] };
  const state = async () => {
    await beginComplete(poolOf(CLAIMS), tenant, stating);
    const said = { since: '2026-01-01', upTo: '2026-11-30T00:00:00Z' };
    expect(await stateComplete(poolOf(CLAIMS), tenant, { ...stating, ...said })).toBe(true);
  };
  const isStated = async () => {
    const text = 'SELECT since IS NOT NULL AS stated FROM complete_records WHERE tenant = $1';
    return (await services.worlds.get(CLAIMS)?.admin.query<{ stated: boolean }>(text, [tenant]))?.rows;
  };
  await state();
  await set(tenant, CODES);
  await label(COVERAGE, tenant, CODES);
  expect(await isStated()).toEqual([{ stated: true }]);
  await label(CLAIMS, tenant, CODES);
  expect(await isStated()).toEqual([{ stated: false }]);
  await state();
  await label(CLINICAL, tenant, CODES);
  await set(tenant, CODES);
  for (const owner of OWNERS) await label(owner, tenant, CODES);
  expect(await isStated()).toEqual([{ stated: true }]);
});
