/** How Postgres finds which Provenances of a member who has many tell of what is withheld. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { condition } from '@patient-access/testing';
import { searchPageStatement } from '../../src/sql/page-sql.ts';
import type { RowQuery } from '../../src/sql/search-sql.ts';
import { ETH, provenance } from '../related/world.ts';
import { startWorld, type World } from '../world.ts';

const MANY = 2_000;
const BATCH = 500;
const LABELLED = 10;
/** A page and the few that are labelled; with all of the member's references gone through for each, it is thousands. */
const MAX_BUFFERS = 200;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const [system, code] = ETH.split('|');
  const label = { meta: { security: [{ system, code }] } };
  for (let from = 0; from < MANY; from += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, at) => from + at);
    const made = numbers.map((at) => condition(`c-${at}`, 'anna', at < LABELLED ? label : {}));
    await world.store('north', ...made);
    await world.store('north', ...numbers.map((at) => provenance(`p-${at}`, `Condition/c-${at}`)));
  }
}, 60_000);
afterAll(() => world?.stop());

it.each(['before the first ANALYZE', 'after it'])('costs what a page holds, %s', async (when) => {
  if (when === 'after it') await world.admin.query('ANALYZE');
  const query: RowQuery = {
    rowScope: { tenant: 'north', member: 'anna' },
    ...{ type: 'Provenance', clauses: [], granularClauses: [[]], released: [] },
    withheldTargets: { parameter: 'target', base: 'https://plan.example' },
  };
  const { text, values } = searchPageStatement(query, {
    count: 50,
    sort: [{ parameter: '_lastUpdated', kind: 'date', descending: true }],
  });
  const { rows } = await world.admin.query<Record<'QUERY PLAN', string>>(
    `EXPLAIN (ANALYZE, BUFFERS) ${text}`,
    values,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('resource_labelled');
  expect(Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1])).toBeLessThan(MAX_BUFFERS);
});
