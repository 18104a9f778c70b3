/** The plans of Postgres for searches of a member who has many resources, among others who have few. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Definition, definitions, parseSearch } from '@patient-access/fhir';
import { explainRun } from '@patient-access/testing';
import pg from 'pg';
import type { PagePosition } from '../../src/sql/order-sql.ts';
import { searchPageStatement } from '../../src/sql/page-sql.ts';
import { IN_ORDER } from '../../src/sql/row-scope.ts';
import { IDS_IN_INDEX, type RowQuery } from '../../src/sql/search-sql.ts';
import { startWorld, type World } from '../world.ts';

const RESOURCES = 20_000;
const MUCH = 2_000;
/**
 * Most of these are for the member's rows. If the ids were looked up again for each row, it would be tens of
 * thousands.
 */
const MAX_BLOCKS = 220;
/** Where each row is compared: of a search with :not, and up to PostgreSQL 16. */
const MAX_BLOCKS_BY_ROW = 350;

const WHOSE = `CASE WHEN g <= ${MUCH} THEN 'anna' ELSE 'm' || (g % 500) END`;
const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';

function valuesSql(parameter: string, system: string, value: string, low = 'NULL', high = 'NULL'): string {
  return `INSERT INTO search_value (tenant, member, type, parameter, system, value, low, high, id)
    SELECT 'north', ${WHOSE}, 'Observation', '${parameter}', '${system}', ${value}, ${low}, ${high}, 'o-' || g
      FROM generate_series(1, ${RESOURCES}) g`;
}

describe('the plan of a search', () => {
  let world: World;
  let idsInIndex: boolean;
  beforeAll(async () => {
    world = await startWorld();
    const { rows } = await world.admin.query<{ server_version_num: string }>('SHOW server_version_num');
    idsInIndex = Number(rows[0]?.server_version_num) >= IDS_IN_INDEX;
    const day = "date '2020-01-01' + g * interval '1 hour'";
    const span = [day, `${day} + interval '1 day'`] as const;
    for (const text of [
      `INSERT INTO resource (tenant, member, type, id, version, version_id, last_updated, body, hash)
       SELECT 'north', ${WHOSE}, 'Observation', 'o-' || g, 1, 'v1', now() - g * interval '1 minute',
         repeat(md5(g::text), 20), '\\x00' FROM generate_series(1, ${RESOURCES}) g`,
      valuesSql('category', CATEGORIES, "CASE g % 3 WHEN 0 THEN 'laboratory' ELSE 'survey' END", ...span),
      valuesSql('status', '', "'final'"),
      valuesSql('date', '', "''", ...span),
      // These versions were replaced long before the first page of any search.
      `INSERT INTO resource_history (tenant, member, type, id, version, version_id, last_updated, body, replaced)
       SELECT tenant, member, type, id, g, 'v' || g, last_updated - g * interval '1 day', body, last_updated - (g - 1) * interval '1 day'
         FROM resource, generate_series(1, 3) g WHERE member = 'anna'`,
      'VACUUM ANALYZE resource, resource_history, search_value',
    ])
      await world.admin.query(text);
  }, 120_000);
  afterAll(() => world?.stop());

  const parsed = (query: [string, string][]) =>
    parseSearch(definitions.get('Observation') as Definition, query, { base: '', strict: true });

  async function explained(
    query: [string, string][],
    position?: PagePosition,
    granularClauses: RowQuery['granularClauses'] = [[]],
  ): ReturnType<typeof explainRun> {
    const search = parsed(query);
    const scope = { tenant: 'north', member: 'anna' };
    const { clauses } = search;
    const { text, values, inOrder } = searchPageStatement(
      { rowScope: scope, type: 'Observation', clauses, granularClauses, released: [], idsInIndex },
      search,
      position,
    );
    const client = new pg.Client({ connectionString: world.urls.service });
    await client.connect();
    try {
      await client.query(
        "BEGIN; SELECT set_config('app.tenant', 'north', true), set_config('app.member', 'anna', true)",
      );
      for (const setting of Object.entries(inOrder ? IN_ORDER : {}))
        await client.query('SELECT set_config($1, $2, true)', setting);
      return await explainRun(client, text, values);
    } finally {
      await client.end();
    }
  }

  it.each<[string, [string, string][]]>([
    [
      'category and date',
      [
        ['category', `${CATEGORIES}|laboratory`],
        ['date', 'ge2020-02-01'],
      ],
    ],
    [
      'category and a range of dates',
      [
        ['category', 'laboratory'],
        ['date', 'ge2020-02-01'],
        ['date', 'lt2021'],
      ],
    ],
    [
      'a status that all have',
      [
        ['status', 'final'],
        ['date', 'ge2020'],
      ],
    ],
  ])(
    'by %s collects the ids once, and from PostgreSQL 17 on finds rows by them in the index that gives the order',
    async (_name, query) => {
      const { plan, blocks } = await explained(query);
      expect(plan).not.toMatch(/Seq Scan|Nested Loop|Sort/);
      expect(plan).toMatch(
        idsInIndex ? /using resource_page on resource r .*\n *Index Cond: .* \(id = ANY / : /hashed SubPlan/,
      );
      expect(blocks).toBeLessThan(idsInIndex ? MAX_BLOCKS : MAX_BLOCKS_BY_ROW);
    },
  );

  it('of a token with two granular scopes compares their ids by a hash, and not one after the other', async () => {
    const scopes = ['laboratory', 'survey'].map((category) => parsed([['category', category]]).clauses);
    const { plan, blocks } = await explained([['status', 'final']], undefined, scopes);
    expect(plan.match(/hashed SubPlan/g)?.length).toBeGreaterThanOrEqual(scopes.length);
    expect(plan).not.toMatch(/Filter: .*\bid = ANY/);
    expect(blocks).toBeLessThan(MAX_BLOCKS_BY_ROW);
  });

  it('by status:not collects the ids once and needs no sequential scan', async () => {
    const { plan, blocks } = await explained([
      ['status:not', 'final'],
      ['date:missing', 'false'],
    ]);
    expect(plan).not.toMatch(/Seq Scan|Nested Loop|Sort/);
    expect(blocks).toBeLessThan(MAX_BLOCKS_BY_ROW);
  });

  it.each(['-_lastUpdated', '_lastUpdated'])(
    'sorted by %s reads as few blocks far from the first page as on it',
    async (sort) => {
      const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
      const { rows } = await world.admin.query<{ id: string; key: string; as_of: string }>(
        `SELECT id, last_updated::text AS key, now()::text AS as_of FROM resource WHERE member = 'anna'
        ORDER BY last_updated ${direction}, id ${direction}`,
      );
      const page: [string, string][] = [
        ['_sort', sort],
        ['_count', '50'],
      ];
      const first = (await explained(page)).blocks;
      for (const depth of [50, MUCH / 2, MUCH - 60]) {
        const { id, key, as_of: asOf } = rows[depth] as (typeof rows)[number];
        const { plan, blocks } = await explained(page, { keys: [key], id, asOf });
        expect(plan).not.toContain('Seq Scan');
        expect(plan).toContain('Index Only Scan using resource_history_replaced');
        expect([depth, blocks - first < 6]).toEqual([depth, true]);
      }
    },
  );
});
