/** The plans of Postgres for content of a member whose many documents each point at some. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ATTACHED, definitions } from '@patient-access/fhir';
import {
  adminUrl,
  explainRun,
  installedPostgres,
  type Postgres,
  startPostgres,
} from '@patient-access/testing';
import pg from 'pg';
import { namedStatement, namedVersionsStatement } from '../../src/sql/related-sql.ts';
import type { Statement } from '../../src/sql/row-scope.ts';
import { deletionStatement, readStatement, type RowQuery } from '../../src/sql/search-sql.ts';
import { historyStatement, versionStatement } from '../../src/sql/version-sql.ts';
import { provision } from '../world.ts';

const DOCUMENTS = 3_000;
/** For each resource that is asked for. Whoever looks at all documents reads 270 of a small table at least. */
const MAX_BLOCKS = 50;

const SCOPE = { tenant: 'north', member: 'anna' };
const query: RowQuery = {
  rowScope: SCOPE,
  type: 'Binary',
  clauses: [],
  granularClauses: [[]],
  released: [],
  visibleThrough: (definitions.get('Binary')?.visibleThrough ?? []).map((type) => ({
    type,
    granularClauses: [[]],
  })),
};

const resourcesSql = (type: string, prefix: string) =>
  `INSERT INTO resource (tenant, member, type, id, version, version_id, last_updated, body, hash)
   SELECT 'north', CASE WHEN g <= ${DOCUMENTS} THEN 'anna' ELSE 'm' || g END, '${type}', '${prefix}-' || g, 1, 'v1', now(),
          repeat(md5(g::text), 20), '\\x00' FROM generate_series(1, ${2 * DOCUMENTS}) g`;
const valuesSql = (parameter: string, value: string) =>
  `INSERT INTO search_value (tenant, member, type, parameter, system, value, id)
   SELECT tenant, member, type, '${parameter}', '', ${value}, id FROM resource WHERE type = 'DocumentReference'`;
const TARGET = "replace(id, 'd-', 'Binary/b-')";

const named = ['b-1', 'b-1500', 'b-2999', 'b-1000', 'b-2000'];
const STATEMENTS: [string, number, Statement, number][] = [
  ['a read', 1, readStatement(query, 'b-1500'), 1],
  ['a version', 1, versionStatement(query, 'b-1500', 'v1'), 1],
  ['a history', 1, historyStatement(query, 'b-1500', { count: 10 }), 1],
  ['a deletion', 1, deletionStatement(query, 'b-9'), 1],
  ['several', named.length, namedStatement(query, named), named.length],
  [
    'several versions',
    named.length,
    namedVersionsStatement(
      query,
      named.map((id) => ({ id, version: 'v1' })),
    ),
    named.length,
  ],
  ['what nothing points at', 1, readStatement(query, 'unopened'), 0],
];

/** Minor releases differ in what they use an index for, so an older and a newer one are asked. */
const SERVERS: [string, string | undefined][] = [['from npm', undefined]];
const installed = installedPostgres();
if (installed !== undefined) SERVERS.push(['of this machine', installed]);

describe.each(SERVERS)('with the Postgres %s, content is found through the index', (_server, programs) => {
  let postgres: Postgres | undefined;
  let admin: pg.Client;
  let service: pg.Client;
  beforeAll(async () => {
    postgres = await startPostgres({ programs });
    const urls = await provision(postgres);
    admin = new pg.Client({ connectionString: adminUrl(postgres.port, 'clinical') });
    await admin.connect();
    for (const text of [
      resourcesSql('DocumentReference', 'd'),
      resourcesSql('Binary', 'b'),
      `UPDATE resource SET id = 'unopened' WHERE id = 'b-7'`,
      `WITH gone AS (DELETE FROM resource WHERE id = 'b-9' RETURNING *)
       INSERT INTO deleted_resource (tenant, member, type, id, form, version, version_id, last_updated, sensitivity, labelled, body, hash, deleted)
       SELECT tenant, member, type, id, form, version, version_id, last_updated, sensitivity, labelled, body, hash, now() FROM gone`,
      ...['status', 'category', 'type'].map((parameter) => valuesSql(parameter, "'final'")),
      valuesSql('location', TARGET),
      valuesSql(ATTACHED, TARGET),
    ])
      await admin.query(text);
    service = new pg.Client({ connectionString: urls.service });
    await service.connect();
    await service.query(
      `SELECT set_config('app.tenant', '${SCOPE.tenant}', false), set_config('app.member', '${SCOPE.member}', false)`,
    );
  }, 120_000);
  afterAll(async () => {
    await service?.end();
    await admin?.end();
    await postgres?.stop();
  });

  async function expectFew(count: number, { text, values }: Statement, found: number): Promise<void> {
    expect((await service.query(text, values)).rows).toHaveLength(found);
    expect((await explainRun(service, text, values)).blocks).toBeLessThan(MAX_BLOCKS * count);
  }

  it.each(STATEMENTS)('by %s, before Postgres has statistics', (_which, ...asked) => expectFew(...asked));

  describe('and with statistics', () => {
    beforeAll(async () => {
      await admin.query('VACUUM ANALYZE resource, search_value');
    }, 60_000);

    it.each(STATEMENTS)('by %s', (_which, ...asked) => expectFew(...asked));
  });
});
