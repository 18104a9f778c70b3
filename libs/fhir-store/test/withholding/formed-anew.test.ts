/** What an earlier build stored of a form is put right without a change of the record. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';
import { condition } from '@patient-access/testing';
import { alone, formAnew } from '../../src/ingest.ts';
import { asMember, startWorld, type World } from '../world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const labelled = { meta: { security: [{ system: ACT, code: 'ETH' }] } };
const ETH = `${ACT}|ETH`;
const subject = { reference: 'Patient/anna' };
/** What an earlier build has left in the forms of those who do not see all. */
const TRACE = { code: { text: 'trace' } };
const LEAVE = `
  UPDATE %s SET body = replace(body::text, '"status":', '"code":{"text":"trace"},"status":')::json
   WHERE form > 0 AND id IN ('procedure', 'performed')`;

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await startWorld();
  pool = await createPool(world.urls.ingest, { max: 2 });
});
afterAll(async () => {
  await pool?.end();
  await world?.stop();
});

const read = async (path: string, ...sensitive: string[]) => {
  const app = await asMember(world, 'north', 'anna', { sensitive });
  return JSON.parse((await app(path)).text) as Resource;
};

async function run() {
  const steps = [];
  for await (const step of formAnew(alone(pool), 'north')) steps.push(step);
  return steps;
}

it('forms what names something withheld of the member or of the plan, in all its versions', async () => {
  const procedure = (id: string, more: object) => ({
    ...{ resourceType: 'Procedure', id, status: 'completed', subject },
    ...more,
  });
  const performer = [{ actor: { reference: 'Practitioner/eth' } }];
  const reasonReference = [{ reference: 'Condition/eth' }];
  await world.store('north', condition('eth', 'anna', labelled));
  await world.store('north', { resourceType: 'Practitioner', id: 'eth', ...labelled });
  await world.store(
    'north',
    procedure('procedure', { reasonReference }),
    procedure('performed', { performer }),
  );
  await world.store('north', procedure('procedure', { reasonReference, note: [{ text: 'later' }] }));
  await world.store('south', procedure('procedure', {}));
  for (const table of ['resource', 'resource_history']) await world.admin.query(LEAVE.replace('%s', table));
  const { rows } = await world.admin.query<{ version_id: string }>(
    "SELECT version_id FROM resource_history WHERE form > 0 AND id = 'procedure'",
  );
  const earlier = `Procedure/procedure/_history/${rows[0]?.version_id}`;
  for (const path of ['Procedure/procedure', 'Procedure/performed', earlier])
    expect([path, await read(path)]).toEqual([path, expect.objectContaining(TRACE)]);
  const whole = await read('Procedure/procedure', ETH);
  expect(await run()).toEqual([
    { done: 1, of: 2 },
    { done: 2, of: 2 },
  ]);
  const formed = await read('Procedure/procedure');
  expect(formed).toMatchObject({ note: [{ text: 'later' }] });
  for (const each of [formed, await read('Procedure/performed')]) expect(each).not.toHaveProperty('code');
  const history = await read('Procedure/procedure/_history');
  expect(JSON.stringify(history)).not.toContain('trace');
  expect(history['entry']).toHaveLength(2);
  expect(await read('Procedure/procedure', ETH)).toEqual(whole);
  const stored = async () =>
    (await world.admin.query('SELECT * FROM resource ORDER BY tenant, type, id, form')).rows;
  const before = await stored();
  await run();
  expect(await stored()).toEqual(before);
});

it('leaves out a narrative that was stored before, and links with entities to what gets its label now', async () => {
  const div = '<div xmlns="http://www.w3.org/1999/xhtml"><p><a href="Condition&#47;later">that</a></p></div>';
  const text = { status: 'additional', div };
  await world.store('north', condition('later', 'anna'));
  await world.store('north', {
    resourceType: 'Procedure',
    id: 'linking',
    status: 'completed',
    subject,
    text,
  });
  expect(JSON.stringify(await read('Procedure/linking'))).toContain('Condition&#47;later');
  await world.store('north', condition('later', 'anna', labelled));
  expect(JSON.stringify(await read('Procedure/linking'))).not.toContain('later');
  expect(JSON.stringify(await read('Procedure/linking', ETH))).toContain('Condition&#47;later');
});
