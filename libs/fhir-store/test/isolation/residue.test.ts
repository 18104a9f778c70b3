import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMAND, createReadPool, type ReadPool } from '@patient-access/database';
import { canRunPooler, observation, startPooler, tries } from '@patient-access/testing';
import { definitions, type Definition, parseSearch } from '@patient-access/fhir';
import { searchPageStatement } from '../../src/sql/page-sql.ts';
import { readRows, type RowScope } from '../../src/sql/row-scope.ts';
import { startWorld, type World } from '../world.ts';

const ROUNDS = 400;
const MANY = tries(20_000, 100_000);
const MANY_POOLED = 5_000;
const AT_ONCE = 64;
/**
 * One request in this many fails. It is not a multiple of the number of scopes, so that every scope meets failures.
 */
const FAILING = 97;
const SCOPES: RowScope[] = [
  { tenant: 'north', member: 'anna' },
  { tenant: 'south', member: 'anna' },
  { tenant: 'north', member: 'ben' },
];
const everything = { text: 'SELECT tenant, member FROM resource', values: [] };
const FAILURES = [
  { text: 'SELECT 1/0', values: [] },
  { text: 'SELECT * FROM no_such_table', values: [] },
  { text: "SELECT set_config('app.tenant', 'south', false), 1/0", values: [] },
  { text: 'SELECT pg_terminate_backend(pg_backend_pid())', values: [] },
];

const CONTEXT = "SELECT current_setting('app.tenant', true) AS tenant";

/** Asks for every scope in turn, through one service after the other, with failures in between. */
async function askOften(services: readonly ReadPool[], times: number) {
  const statement = { ...everything, name: 'everything', byKey: true };
  let [at, failed] = [0, 0];
  const wrong: unknown[] = [];
  const ask = async () => {
    while (at < times) {
      const mine = (at += 1);
      const scope = SCOPES[mine % SCOPES.length] as RowScope;
      const service = services[mine % services.length] as ReadPool;
      const failure = FAILURES[(mine / FAILING) % (FAILURES.length - 1)];
      if (failure) await readRows(service, scope, [{ ...failure, byKey: true }]).catch(() => (failed += 1));
      // A statement behind a failure on its connection may have to be sent again, but it must never get another
      // scope's rows.
      const [rows = []] = await readRows<RowScope>(service, scope, [statement]);
      if (rows.length !== 1 || rows[0]?.tenant !== scope.tenant || rows[0].member !== scope.member)
        wrong.push([mine, rows]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return { wrong, failed };
}

describe('a connection', () => {
  let world: World;
  let service: ReadPool;
  beforeAll(async () => {
    world = await startWorld();
    for (const { tenant, member } of SCOPES)
      await world.store(tenant, observation(`${tenant}-${member}`, member));
    // With a single connection, each request gets the connection as the one before has left it.
    service = await createReadPool(world.urls.service, { max: 1 });
  });
  afterAll(async () => {
    await service?.end();
    await world?.stop();
  });

  it('keeps no context of the request before, however that ended (case T03)', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const scope = SCOPES[round % SCOPES.length] as RowScope;
      const before = SCOPES[(round + 1) % SCOPES.length] as RowScope;
      if (round % 3 === 0) {
        const failure = FAILURES[(round / 3) % FAILURES.length] ?? everything;
        await expect(readRows(service, before, [everything, failure])).rejects.toThrow();
      } else await readRows(service, before, [everything]);
      const [rows] = await readRows(service, scope, [everything]);
      expect(rows).toEqual([scope]);
    }
  });

  it(`serves ${MANY} requests their own rows each, after failures on the same connections (case T03)`, async () => {
    // Whose rows they are counts here, and not how long they take.
    const wide = await createReadPool(world.urls.service, { max: 4, ...COMMAND });
    const { wrong, failed } = await askOften([wide], MANY);
    await wide.end();
    expect(wrong).toEqual([]);
    expect(failed).toBe(Math.floor(MANY / FAILING));
  }, 300_000);

  (canRunPooler() ? it : it.skip)(
    `serves ${MANY_POOLED} requests of several services on the two connections of a pooler (case T03)`,
    async () => {
      const pooler = await startPooler([world.urls.service], { size: 2 });
      const url = pooler.through(world.urls.service);
      const open = () => createReadPool(url, { max: 4, ...COMMAND });
      const services = await Promise.all([open(), open(), open()]);
      const { wrong, failed } = await askOften(services, MANY_POOLED);
      const left = await services[0]?.query<{ tenant: string }>(CONTEXT);
      await Promise.all(services.map((each) => each.end()));
      await pooler.stop();
      expect(wrong).toEqual([]);
      expect(failed).toBe(Math.floor(MANY_POOLED / FAILING));
      expect(left?.rows[0]?.tenant || '').toBe('');
    },
    60_000,
  );

  it('has no context left after a request', async () => {
    await readRows(service, SCOPES[0] as RowScope, [everything]);
    const { rows } = await service.query<{ tenant: string }>(CONTEXT);
    expect(rows[0]?.tenant || '').toBe('');
    await expect(service.query('SELECT * FROM resource')).rejects.toThrow('context');
  });

  describe('however many shapes of searches a client makes', () => {
    const [rowScope] = SCOPES as [RowScope];
    const pageOf = (entries: readonly [string, string][]) => {
      const from = { base: 'https://plan.example/north', strict: true, nowMs: Date.now() };
      const search = parseSearch(definitions.get('Observation') as Definition, entries, from);
      const query = { rowScope, type: 'Observation', clauses: search.clauses };
      const whole = { ...query, granularClauses: [[]], released: [], idsInIndex: true };
      return searchPageStatement(whole, search);
    };
    const ask = async (from: ReadPool, entries: readonly [string, string][]) => {
      const [rows = []] = await readRows<{ id: string }>(from, rowScope, [pageOf(entries)]);
      return rows.map(({ id }) => id);
    };
    const prefixes = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap'];
    const orders = ['date', '-code', 'date,code', '-code,date'];
    const shapes = prefixes.flatMap((one) =>
      prefixes.flatMap((other) =>
        orders.map((sort): [string, string][] => [
          ['value-quantity', `${one}5.4`],
          ['date', `${other}2026-01-01`],
          ['_sort', sort],
        ]),
      ),
    );
    /** Of an app that begins to ask when there are as many shapes as are kept, and asks again and again. */
    const LATE: [string, string][] = [['_id', 'north-anna']];
    const FROM = 210;
    const PREPARED = `SELECT count(*)::int AS kept, sum(generic_plans + custom_plans) FILTER (WHERE statement LIKE '%r.id = ANY ($%')::int AS late
                        FROM pg_prepared_statements`;

    async function askForAll(from: ReadPool) {
      for (const [at, shape] of shapes.entries()) {
        await ask(from, shape);
        if (at >= FROM) expect(await ask(from, LATE)).toEqual(['north-anna']);
      }
      return (await from.query(PREPARED)).rows[0];
    }

    it('a connection keeps prepared those that were used last, and no more than there is memory for', async () => {
      // The last one is closed before the next one is prepared.
      expect(await askForAll(service)).toEqual({ kept: 201, late: shapes.length - FROM });
    }, 60_000);

    (canRunPooler() ? it : it.skip)(
      'a pooler does so, too',
      async () => {
        const pooler = await startPooler([world.urls.service], { size: 1 });
        const pooled = await createReadPool(pooler.through(world.urls.service), { max: 1, ...COMMAND });
        const prepared = await askForAll(pooled);
        await pooled.end();
        await pooler.stop();
        expect(prepared).toEqual({ kept: 200, late: shapes.length - FROM });
      },
      60_000,
    );
  });

  it.each([
    ['connection each, for statements that may take long', false, FAILURES],
    // Without the last failure, because it also cuts off the statements that are under way on the same connection.
    ['pipelined connection, for short statements', true, FAILURES.slice(0, -1)],
  ])('serves many requests at once their own rows, on one %s', async (_name, byKey, failures) => {
    const wide = await createReadPool(world.urls.service, { max: 4, ...COMMAND });
    const asked = Array.from({ length: 500 }, async (_, at) => {
      const scope = SCOPES[at % SCOPES.length] as RowScope;
      const failure = { ...(failures[(at / 21) % failures.length] ?? everything), byKey };
      if (at % 21 === 0) await readRows(wide, scope, [failure]).catch(() => undefined);
      // Half of them are used all the time, and of the others more than stay prepared.
      const statement = { ...everything, name: `everything-${at % (at % 2 === 0 ? 5 : 251)}`, byKey };
      const [rows] = await readRows<RowScope>(wide, scope, [statement]);
      return rows?.length === 1 && rows[0]?.tenant === scope.tenant && rows[0].member === scope.member;
    });
    expect((await Promise.all(asked)).every(Boolean)).toBe(true);
    await wide.end();
  });
});
