/** The plan of Postgres for the targets of a chain into another service, where more match than it takes. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Definition, definitions, parseSearch } from '@patient-access/fhir';
import { NO_MEMBER } from '@patient-access/smart';
import { explainRun } from '@patient-access/testing';
import pg from 'pg';
import { idsStatement } from '../../src/sql/search-sql.ts';
import { startWorld, type World } from '../world.ts';

const ORGANIZATIONS = 30_000;
/** Few of all: Postgres begins with the values that match, and these are in no order of ids. */
const MATCHES = 900;
const AT_MOST = 501;

let world: World;
beforeAll(async () => {
  world = await startWorld({}, 'coverage-service');
  const all = `FROM generate_series(1, ${ORGANIZATIONS}) g`;
  for (const text of [
    `INSERT INTO resource (tenant, member, type, id, version, version_id, last_updated, body, hash)
     SELECT 'north', '', 'Organization', md5(g::text), 1, 'v1', now(), repeat(md5(g::text), 20), '\\x00' ${all}`,
    `INSERT INTO search_value (tenant, member, type, parameter, system, value, id)
     SELECT 'north', '', 'Organization', 'name', '', CASE WHEN g <= ${MATCHES} THEN 'clinic ' ELSE 'other ' END || g, md5(g::text) ${all}`,
    'VACUUM ANALYZE resource, search_value',
  ])
    await world.admin.query(text);
}, 120_000);
afterAll(() => world?.stop());

it('ends when it has one too many, and sorts nothing', async () => {
  const search = parseSearch(definitions.get('Organization') as Definition, [['name', 'clinic']], {
    base: '',
    strict: true,
  });
  const { text, values } = idsStatement(
    {
      rowScope: { tenant: 'north', member: '' },
      type: 'Organization',
      clauses: search.clauses,
      granularClauses: [[]],
      released: [],
    },
    AT_MOST,
  );
  const client = new pg.Client({ connectionString: world.urls.service });
  await client.connect();
  try {
    await client.query(
      `BEGIN; SELECT set_config('app.tenant', 'north', true), set_config('app.member', '${NO_MEMBER}', true)`,
    );
    const { plan } = await explainRun(client, text, values);
    expect(plan).not.toContain('Sort');
    // It looks no further than for one too many.
    expect(plan).toContain(`loops=${AT_MOST}`);
  } finally {
    await client.end();
  }
});
