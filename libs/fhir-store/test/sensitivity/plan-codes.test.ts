/**
 * A plan's own list of sensitive codes withholds the resources with these codes, whenever they came. Releasing the
 * category shows them.
 */
import { createPool, type Pool } from '@patient-access/database';
import type { Resource, SensitiveCodes } from '@patient-access/fhir';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { condition } from '@patient-access/testing';
import { Ingest } from '../../src/ingest/ingest.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { mergePersons, unmergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { applySensitiveCodes } from '../../src/ingest/labels/relabel.ts';
import { setSensitiveCodes } from '../../src/ingest/labels/set-codes.ts';
import { asMember, idsOf, startWorld, type World } from '../world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const [SUD, MH] = [`${ACT}|SUD`, `${ACT}|MH`];

const coded = (id: string, code: string, more: object = {}): Resource =>
  condition(id, 'anna', { code: { coding: [{ system: ICD, code }] }, ...more });
const rules = (...codes: string[]): SensitiveCodes => [
  { category: 'substance-use', codes: { [ICD]: codes } },
];

describe('a plan’s sensitive codes', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.urls.ingest, { max: 2, statementTimeoutMs: 30_000 });
  });
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const apply = async (tenant: string, codes: SensitiveCodes) => {
    let last = { seen: 0, changed: 0 };
    await setSensitiveCodes([pool], tenant, codes);
    for await (const done of applySensitiveCodes(alone(pool), tenant, codes)) last = done;
    return last;
  };
  const seen = async (tenant: string, ...sensitive: string[]) =>
    idsOf(await (await asMember(world, tenant, 'anna', { sensitive }))('Condition')).sort();
  const read = async (tenant: string, path: string, ...sensitive: string[]) => {
    const { status, text } = await (await asMember(world, tenant, 'anna', { sensitive }))(path);
    return { status, resource: JSON.parse(text) as Resource };
  };

  /** As these labels were stored before they were told from the resource's own. */
  const asStoredBefore = async (tenant: string, restricted: string) => {
    for (const table of ['resource', 'resource_history'])
      await world.admin.query(
        `UPDATE ${table} SET body = replace(body, '"id":"of-contained-1",', ''),
                sensitivity = array_remove(sensitivity, $2), audience = array_remove(audience, '+' || $2)
          WHERE tenant = $1 AND labelled <> '{}'`,
        [tenant, restricted],
      );
  };

  it('A29: say in the trail who set them, once for each list', async () => {
    const source = { owner: 'clinical-service', by: 'officer' };
    const acts = async () =>
      (await world.events()).flatMap(({ tenant, kind, action, user, request }) =>
        tenant === 'recorded' && kind === 'ingest' ? [`${action} by ${user?.sub}: ${request}`] : [],
      );
    const sameLabel = { label: SUD, codes: { '*': ['A1', 'A2'], [ICD]: ['F11*'] } };
    const list = [...rules('F10*'), sameLabel];
    await setSensitiveCodes([pool], 'recorded', list, source);
    await setSensitiveCodes([pool], 'recorded', list, source);
    expect(await acts()).toEqual(['set-labels by officer: labels of the list: 1, codes: 4']);
    await setSensitiveCodes([pool], 'recorded', [], source);
    expect((await acts())[1]).toBe('set-labels by officer: labels of the list: 0, codes: 0');
  });

  it('label stored resources, and make a new version of each', async () => {
    await world.store('old', coded('plain', 'J10'), coded('alcohol', 'F10.20'), coded('was', 'J10'));
    await world.store('old', coded('was', 'F10.10'));
    expect(await apply('old', rules('F10*'))).toEqual({ seen: 4, changed: 2 });
    expect(await seen('old')).toEqual(['plain']);
    expect(await seen('old', SUD)).toEqual(['alcohol', 'plain', 'was']);
    expect((await read('old', 'Condition/alcohol')).status).toBe(404);
    const { resource } = await read('old', 'Condition/alcohol', SUD);
    expect(resource.meta).toMatchObject({ security: [{ system: ACT, code: 'SUD' }] });
  });

  it('withhold earlier versions too', async () => {
    await world.store('earlier', coded('a', 'F10.20'));
    await world.store('earlier', coded('a', 'J10'));
    await apply('earlier', rules('F10*'));
    expect((await read('earlier', 'Condition/a')).status).toBe(200);
    expect((await read('earlier', 'Condition/a/_history/1')).status).toBe(404);
    const { resource } = await read('earlier', 'Condition/a/_history/1', SUD);
    expect(resource.meta).toMatchObject({ security: [{ code: 'SUD' }] });
  });

  it('label resources that come later, once, and make them findable by their label', async () => {
    await apply('new', rules('F10*'));
    await world.store('new', coded('a', 'F10.20'), coded('b', 'J10'));
    expect(await seen('new')).toEqual(['b']);
    const [again] = await new Ingest(alone(pool), 'new').store([
      { resource: coded('a', 'F10.20'), origin: 0 },
    ]);
    expect(again).toMatchObject({ status: 'unchanged' });
    expect(await apply('new', rules('F10*'))).toEqual({ seen: 2, changed: 0 });
    const app = await asMember(world, 'new', 'anna', { sensitive: [SUD] });
    expect(idsOf(await app(`Condition?_security=${encodeURIComponent(SUD)}`))).toEqual(['a']);
  });

  it('F52: give a restricted record no reason by what it contains', async () => {
    const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
    const R = { system: CONFIDENTIALITY, code: 'R' };
    const coding = [{ system: ICD, code: 'F10.20' }];
    const contained = [{ resourceType: 'Medication', id: 'm', code: { coding } }];
    const restricted = (id: string) => coded(id, 'J10', { meta: { security: [R] }, contained });
    await world.store('within', restricted('before'));
    await apply('within', rules('F10*'));
    await world.store('within', restricted('after'));
    expect(await seen('within', SUD)).toEqual([]);
    const restrictedLabel = `${CONFIDENTIALITY}|R`;
    const released = [SUD, restrictedLabel];
    expect(await seen('within', ...released)).toEqual(['after', 'before']);
    const { resource } = await read('within', 'Condition/after', ...released);
    const id = 'of-contained-1';
    expect(resource.meta).toMatchObject({ security: [R, { id, system: ACT, code: 'SUD' }] });

    await asStoredBefore('within', restrictedLabel);
    expect(await seen('within', SUD)).toEqual(['after', 'before']);
    expect(await apply('within', rules('F10*'))).toEqual({ seen: 3, changed: 3 });
    expect(await seen('within', SUD)).toEqual([]);
    expect(await apply('within', [])).toEqual({ seen: 5, changed: 5 });
    expect(await seen('within', restrictedLabel)).toEqual(['after', 'before']);
    const again = { resource: restricted('after'), origin: 0 };
    expect(await new Ingest(alone(pool), 'within').store([again])).toMatchObject([{ status: 'unchanged' }]);
  });

  it('remove labels that no longer apply, and keep those that came with the resource', async () => {
    const own = { meta: { security: [{ system: ACT, code: 'MH' }] } };
    await apply('changed', rules('F10*', 'F11*'));
    await world.store('changed', coded('a', 'F10'), coded('b', 'F11'), coded('own', 'F11', own));
    await apply('changed', rules('F10*'));
    expect(await seen('changed')).toEqual(['b']);
    expect(await seen('changed', MH)).toEqual(['b', 'own']);
    const { resource } = await read('changed', 'Condition/b');
    expect(resource.meta).not.toHaveProperty('security');
    await apply('changed', []);
    expect(await seen('changed')).toEqual(['a', 'b']);
  });

  it('remove their labels also from what was filed under another person meanwhile', async () => {
    await apply('moved', rules('F10*'));
    const of = (member: string) => ({ subject: { reference: `Patient/${member}` } });
    await world.store('moved', coded('merged', 'F10', of('ann')), coded('wrong', 'F10', of('ben')));
    const merge = { change: 'c-1', replaced: 'ann', survivor: 'anna', reason: 'two cards' };
    const patient = {
      resourceType: 'Patient',
      extension: [{ url: 'urn:x', valueCoding: { system: ICD, code: 'F10' } }],
    };
    await world.store('moved', { ...patient, id: 'ann' }, { ...patient, id: 'anna' });
    await mergePersons(world.moving('moved'), merge);
    const record = { type: 'Condition', id: 'wrong' };
    const to = { member: 'anna', id: 'right' };
    await world.withdraw('moved', { member: 'ben', record, reason: 'mixed up', to });
    expect([await seen('moved'), await seen('moved', SUD)]).toEqual([[], ['merged', 'right']]);
    await apply('moved', []);
    expect(await seen('moved')).toEqual(['merged', 'right']);
    const labelled = async () =>
      (
        await world.admin.query<{ id: string }>(
          `SELECT id FROM resource WHERE tenant = 'moved' AND type = 'Patient' AND sensitivity <> '{}'`,
        )
      ).rows;
    expect(await labelled()).toEqual([]);
    await unmergePersons(world.moving('moved'), merge);
    expect(await labelled()).toEqual([]);
  });

  it('do not affect another tenant', async () => {
    await world.store('other', coded('a', 'F10'));
    await apply('not-other', rules('F10*'));
    expect(await seen('other')).toEqual(['a']);
  });

  it('label several batches, and continue after an interruption', async () => {
    const many = Array.from({ length: 1_100 }, (_, at) => coded(`c${at}`, at % 2 ? 'F10' : 'J10'));
    for (let at = 0; at < many.length; at += 500) await world.store('many', ...many.slice(at, at + 500));
    await setSensitiveCodes([pool], 'many', rules('F10'));
    for await (const { seen: looked } of applySensitiveCodes(alone(pool), 'many', rules('F10')))
      if (looked > 0) break;
    const rows = async () =>
      (
        await world.admin.query<{ labelled: number; applied: boolean }>(
          `SELECT (SELECT count(*)::int FROM resource WHERE tenant = 'many' AND labelled <> '{}') AS labelled, applied
             FROM sensitive_codes WHERE tenant = 'many'`,
        )
      ).rows[0];
    const halfway = await rows();
    expect(halfway).toEqual({ labelled: expect.any(Number), applied: false });
    expect([0, 550]).not.toContain(halfway?.labelled);
    await apply('many', rules('F10'));
    expect(await rows()).toEqual({ labelled: 550, applied: true });
  });
});
