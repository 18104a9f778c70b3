/** A code that a plan loaded with its displays exists for that plan, and what came before is checked again. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
/** A code in the time of the shipped table that it does not have. */
const NEW = 'E11.99';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

async function found(tenant: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: world.adminUrlOf('clinical-service') });
  await client.connect();
  const rules = `SELECT f ->> 'rule' AS rule FROM profile_check, jsonb_array_elements(findings::jsonb) f
                  WHERE tenant = $1 AND f ->> 'rule' = 'code'`;
  const { rows } = await client.query<{ rule: string }>(rules, [tenant]).finally(() => client.end());
  return rows.map(({ rule }) => rule);
}

test('only for the plan that loaded it, and also for what is stored already', async () => {
  const sent = importedCondition('c', 'p', {
    code: { coding: [{ system: ICD, code: NEW }] },
    recordedDate: '2026-11-01',
  });
  const file = await world.file('new.ndjson', ndjson(patient('p'), sent));
  const load = (tenant: string) => world.run('main', ['--tenant', tenant, '--guides', '2023', file]);
  expect(await load('north')).toMatchObject({ code: 0 });
  expect(await found('north')).toEqual(['code']);
  const own = await world.file('own.csv', `system,version,code,display\n${ICD},2028,${NEW},A new one\n`);
  expect(await world.run('displays', ['--tenant', 'north', own])).toMatchObject({ code: 0 });
  expect(await load('north')).toMatchObject({ code: 0 });
  expect(await found('north')).toEqual([]);
  expect(await load('south')).toMatchObject({ code: 0 });
  expect(await found('south')).toEqual(['code']);
}, 60_000);
