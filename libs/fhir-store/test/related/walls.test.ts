/** Tests the predicate without row-level security behind it: these statements run as a superuser. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  namedStatement,
  namedVersionsStatement,
  memberRecordStatement,
  referringStatement,
} from '../../src/sql/related-sql.ts';
import type { Statement } from '../../src/sql/row-scope.ts';
import type { RowQuery } from '../../src/sql/search-sql.ts';
import type { World } from '../world.ts';
import { startRelated } from './world.ts';

const of = (type: string, granularClauses: RowQuery['granularClauses'] = [[]]): RowQuery => ({
  rowScope: { tenant: 'north', member: 'anna' },
  type,
  clauses: [],
  granularClauses,
  released: [],
});
const dated: RowQuery['granularClauses'] = [
  [{ parameter: 'category', matches: [{ kind: 'token', code: 'vital-signs' }] }],
];

const FIRST = 'first';

const STATEMENTS: [string, Statement, string[]][] = [
  ['those named', namedStatement(of('Condition'), ['a1', 'b1', 'eth', 's1']), ['a1']],
  [
    'versions named',
    namedVersionsStatement(
      of('Condition'),
      ['a1', 'b1', 'eth', 's1'].map((id) => ({ id, version: FIRST })),
    ),
    ['a1'],
  ],
  [
    'those referring',
    referringStatement(of('Provenance'), 'target', ['Condition/a1', 'Condition/b1']),
    ['of-a1'],
  ],
  ['all referring', referringStatement(of('Observation'), 'patient', undefined), ['a-obs']],
  [
    'the record',
    memberRecordStatement([of('Condition'), of('Observation', dated), of('Provenance')], { count: 50 }),
    ['a1', 'a-obs', 'of-a-obs', 'of-a1'],
  ],
  [
    'the rest of the record',
    memberRecordStatement([of('Condition'), of('Observation')], {
      count: 50,
      since: '2020-01-01T00:00:00Z',
      after: { keys: ['Condition'], id: 'a1' },
    }),
    ['a-obs'],
  ],
];

describe('each statement finds only the member’s resources by its own predicate:', () => {
  let world: World;
  beforeAll(async () => {
    world = await startRelated();
  });
  afterAll(() => world?.stop());

  it.each(STATEMENTS)('%s', async (_what, { text, values }, expected) => {
    // Version ids are opaque, so this test gives the first versions a known one.
    await world.admin.query('UPDATE resource_history SET version_id = $1 WHERE version = 1', [FIRST]);
    await world.admin.query('UPDATE resource SET version_id = $1 WHERE version = 1', [FIRST]);
    const { rows } = await world.admin.query<{ id: string }>(text, values);
    expect(rows.map(({ id }) => id)).toEqual(expected);
  });
});
