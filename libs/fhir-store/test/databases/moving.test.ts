/** A plan moves to a database of its own and back while its members read. */
import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DatabaseUrls } from '@patient-access/database';
import { ask, fillTenantTables, observation, tenantTables, tries, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { PlanPools } from '../../src/databases/plan-pools.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { pauseWrites } from '../../src/move/plan-database.ts';
import { type MoveProgress, movePlan, planIsAt } from '../../src/move/move-plan.ts';
import { type Asker, asMember, idsOf, listen, provision, startWorld, type World } from '../world.ts';

const TENANTS = ['north', 'north~formulary'];
const SOURCE = { owner: 'clinical-service', by: 'olga.operator' };
const OBSERVATIONS = 400;
const BEFORE_AND_AFTER = 10;
/** between two reads of one reader */
const PAUSE_MS = tries(20, 0);

/** What the outbox of a database holds: which requests, and by which producer under which number. */
const EVENTS = `SELECT producer, sequence::int, body::json ->> 'requestId' AS request, body::json ->> 'action' AS action
                  FROM outbox`;
interface Row {
  producer: string;
  sequence: number;
  request: string;
  action: string;
}
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A hash of all that each table has of a tenant. */
async function contentOf(admin: pg.Pool, tenant: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const table of await tenantTables(admin)) {
    const rows = `SELECT t::text AS row FROM "${table}" t WHERE tenant = $1 ORDER BY 1`;
    const found = (await admin.query<{ row: string }>(rows, [tenant])).rows.map(({ row }) => row);
    if (found.length > 0) content[table] = hash('sha256', found.join('\n'));
  }
  return content;
}

/** Reads until it is told to stop. */
function readOn(asker: Asker, path: string) {
  const answers: { status: number; requestId: string; ids: string[] }[] = [];
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      const answer = await asker(path);
      answers.push({ ...answer, ids: answer.status === 200 ? idsOf(answer) : [] });
      await pause(PAUSE_MS);
    }
  })();
  return {
    answers,
    async stop() {
      isOver = true;
      await running;
      return answers;
    },
  };
}

describe('a plan with a database of its own', () => {
  const owned = new AsyncDisposableStack();
  /** a replica that was not told of another database */
  let untold: World;
  /** a replica that was */
  let told: World;
  let large: DatabaseUrls;
  let largeAdmin: pg.Pool;
  let pools: PlanPools;
  let [anna, otherAnna]: [Asker, Asker] = [undefined, undefined] as never;

  beforeAll(async () => {
    untold = await startWorld();
    owned.defer(() => untold.stop());
    large = await provision(untold.postgres, 'large');
    largeAdmin = new pg.Pool({
      connectionString: untold.postgres.adminUrl.replace(/postgres$/, 'large'),
      max: 2,
    });
    owned.defer(() => largeAdmin.end());
    const away = 'postgresql://clinical_service@127.0.0.1:9/away';
    const databases = { large: large.service, wrong: large.service, away };
    const { app, ...listening } = await listen(
      'clinical-service',
      untold.urls.service,
      untold.issuer,
      500_000,
      databases,
    );
    owned.defer(() => app.close());
    told = { ...untold, ...listening };
    pools = new PlanPools(
      untold.urls.ingest,
      { large: large.ingest },
      { max: 2, statementTimeoutMs: 60_000 },
    );
    owned.defer(() => pools.end());
    const of = (tenant: string) =>
      Array.from({ length: OBSERVATIONS }, (_, at) => observation(`o${at}`, 'anna', { valueString: tenant }));
    for (const tenant of ['north', 'south']) await untold.store(tenant, ...of(tenant));
    await untold.store('north', observation('o0', 'anna', { valueString: 'north', status: 'amended' }));
    // A row in every table that there is, also in those that later migrations bring.
    await fillTenantTables(untold.admin, 'north~formulary', ['deleted_plan']);
    anna = await asMember(told, 'north', 'anna');
    otherAnna = await asMember(told, 'south', 'anna');
  }, 120_000);
  afterAll(() => owned.disposeAsync());

  const move = (to: string) => movePlan({ pools, plan: 'north', tenants: TENANTS, source: SOURCE }, to);
  async function whole(to: string): Promise<MoveProgress[]> {
    const all: MoveProgress[] = [];
    for await (const progress of move(to)) all.push(progress);
    return all;
  }
  const rowsIn = (admin: pg.Pool) => Promise.all(TENANTS.map((tenant) => contentOf(admin, tenant)));
  const change = (world: World, status: string) =>
    world.store('north', observation('o1', 'anna', { valueString: 'north', status }));
  const read = async (asker: Asker, path = 'Observation/o1') => (await asker(path)).status;

  /** Asks the replica whether it is ready, as a load balancer does, until it answers Anna like this. */
  const untilRead = (status: number) =>
    waitUntil(
      async () => (await ask(told.url, '/health/ready')).status === 200 && (await read(anna)) === status,
      {
        withinMs: 20_000,
      },
    );

  it('moves there while it is read; killed in between, the same command goes on', async () => {
    const readers = [
      readOn(anna, 'Observation?_count=5&_sort=-_lastUpdated'),
      readOn(otherAnna, 'Observation?_count=5&_sort=-_lastUpdated'),
    ];
    const rounds = async () => {
      const until = readers.map(({ answers }) => answers.length + BEFORE_AND_AFTER);
      await waitUntil(() => readers.every(({ answers }, at) => answers.length >= (until[at] ?? 0)), {
        withinMs: 30_000,
      });
    };
    await rounds();
    // It ends in the copy, and in the pause; then a command is killed in the pause, so that nothing lets writers go on.
    for (const step of ['copy', 'paused'])
      for await (const progress of move('large')) if (progress.step === step) break;
    await change(untold, 'amended');
    await pauseWrites(await pools.open('default'), TENANTS, 'north');
    await expect(change(untold, 'corrected')).rejects.toThrow('is being moved to another database');
    expect(Object.keys((await rowsIn(untold.admin))[1] ?? {})).toEqual(
      (await tenantTables(untold.admin)).filter((name) => name !== 'deleted_plan'),
    );
    const [before, beside] = [await rowsIn(untold.admin), await contentOf(untold.admin, 'south')];
    const steps = await whole('large');
    await rounds();

    expect(steps.find(({ step }) => step === 'moved')).toMatchObject({ from: 'default', to: 'large' });
    const lastPaused = steps.filter((each) => each.step === 'paused').at(-1);
    expect(lastPaused).toMatchObject({ parts: 0 });
    expect(await rowsIn(largeAdmin)).toEqual(before);
    expect(await rowsIn(untold.admin)).toEqual([{}, {}]);
    expect([await contentOf(untold.admin, 'south'), await contentOf(largeAdmin, 'south')]).toEqual([
      beside,
      {},
    ]);

    const answers = (await Promise.all(readers.map((each) => each.stop()))).flat();
    expect(answers.filter(({ status, ids }) => status !== 200 || ids.length !== 5)).toEqual([]);
    const events = [await untold.admin.query<Row>(EVENTS), await largeAdmin.query<Row>(EVENTS)].map(
      ({ rows }) => rows,
    );
    const recorded = events.flat().map(({ request }) => request);
    for (const { requestId } of answers)
      expect(recorded.filter((each) => each === requestId)).toEqual([requestId]);
    expect(events.map((rows) => rows.some(({ request }) => request === answers[0]?.requestId))).toEqual([
      true,
      false,
    ]);
    for (const [producer, rows] of Map.groupBy(events.flat(), (row) => row.producer))
      if (producer !== NOBODY)
        expect(rows.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(
          rows.map((_, at) => at + 1),
        );
    expect(events[1]?.filter(({ action }) => action === 'plan-moved')).toHaveLength(1);
  }, 120_000);

  it('is read and written there, and nowhere else', async () => {
    await largeAdmin.query(
      `UPDATE resource SET body = replace(body, '"north"', '"of the large one"') WHERE id = 'o1'`,
    );
    expect((await anna('Observation/o1')).text).toContain('of the large one');
    await expect(change(untold, 'final')).rejects.toThrow('is being moved to another database');
    const { name, pool } = await pools.of('north~formulary');
    expect(name).toBe('large');
    const stored = await new Ingest(alone(pool), 'north').store([
      { resource: observation('new', 'anna'), origin: 0 },
    ]);
    expect(stored.map(({ status }) => status)).toEqual(['created']);
    expect(await read(anna, 'Observation/new')).toBe(200);
    expect(await read(otherAnna, 'Observation/new')).toBe(404);
    expect((await otherAnna('Observation/o1')).text).toContain('"south"');
  });

  it('is refused where it cannot be read: by a replica that was not told, and from a database that is away, unknown or another', async () => {
    expect((await ask(untold.url, '/health/ready')).status).toBe(200);
    const [early, other] = [await asMember(untold, 'north', 'anna'), await asMember(untold, 'south', 'anna')];
    expect([await read(early), await read(other)]).toEqual([503, 200]);
    for (const name of ['wrong', 'away', 'unknown']) {
      const say = `INSERT INTO plan_database (plan, moved_to) VALUES ('south', $1)
                   ON CONFLICT (plan) DO UPDATE SET moved_to = $1`;
      await untold.admin.query(say, [name]);
      expect([await read(anna), await read(otherAnna)]).toEqual([200, 503]);
    }
    const shown = await told.metrics();
    expect(shown).toContain('further_database_open{database="large"} 1');
    expect(shown).toContain('further_database_open{database="away"} 0');
    await untold.admin.query("DELETE FROM plan_database WHERE plan = 'south'");
    expect((await ask(told.url, '/health/ready')).status).toBe(200);
    expect(await read(otherAnna)).toBe(200);
  });

  const ofCommand = () =>
    new PlanPools(
      untold.urls.ingest,
      { large: large.ingest, away: 'postgresql://clinical_ingest@127.0.0.1:9/away' },
      { max: 2, statementTimeoutMs: 60_000 },
    );
  const SAY = `UPDATE plan_database SET moved_to = $1, paused = $2 WHERE plan = 'north' RETURNING plan`;
  const says = async (admin: pg.Pool, movedTo: string | null, paused: boolean) =>
    expect((await admin.query(SAY, [movedTo, paused])).rowCount).toBe(1);

  it.each([
    ['of before the move', false],
    ['of the pause of the move', true],
  ])(
    'is refused while two databases say that they have it, because one came from a backup %s',
    async (_, paused) => {
      await says(untold.admin, null, false);
      // The first database as it was before the move, with a record that the plan has taken back since.
      await change(untold, 'entered-in-error');
      await says(untold.admin, null, paused);
      await untilRead(503);
      expect(await read(otherAnna)).toBe(200);
      for (const to of ['large', 'default'])
        await expect(
          ofCommand()
            .only('north~formulary')
            .then(() => whole(to)),
        ).rejects.toThrow('both say that they have north');
      await expect(whole('large')).rejects.toThrow('both say that they have north');
      await (await ofCommand().only('south')).end();
      const there = planIsAt({ pools, plan: 'north', tenants: TENANTS, source: SOURCE }, 'large');
      for await (const { step } of there) expect(step).toBe('deleted');
      expect(await rowsIn(untold.admin)).toEqual([{}, {}]);
      await untilRead(200);
      expect((await anna('Observation/o1')).text).toContain('of the large one');
    },
  );

  it('moves back, and a move that is not wanted any more leaves nothing', async () => {
    expect((await whole('default')).map(({ step }) => step)).toContain('moved');
    expect(await rowsIn(largeAdmin)).toEqual([{}, {}]);
    expect([await read(anna, 'Observation/new'), await read(otherAnna)]).toEqual([200, 200]);
    for await (const { step } of move('large')) if (step === 'paused') break;
    await whole('default');
    expect(await rowsIn(largeAdmin)).toEqual([{}, {}]);
    await change(untold, 'corrected');
    expect((await anna('Observation/o1')).text).toContain('corrected');
  });

  it('goes on where it was killed in its switch, and may be written to at its end', async () => {
    const write = async (name: string, status: string) => {
      const resource = observation('o2', 'anna', { valueString: 'north', status });
      return new Ingest(alone(await pools.open(name)), 'north').store([{ resource, origin: 0 }]);
    };
    for await (const { step } of move('large')) if (step === 'paused') break;
    // The other database says that it has the plan, and the first one says so still.
    await says(untold.admin, null, true);
    await says(largeAdmin, null, true);
    await (await ofCommand().only('north')).end();
    await untilRead(200);
    for (const name of ['default', 'large'])
      await expect(write(name, 'final')).rejects.toThrow('is being moved to another database');
    expect((await whole('large')).map(({ step }) => step)).toContain('moved');
    await write('large', 'corrected');
    expect((await anna('Observation/o2')).text).toContain('corrected');

    // Killed behind the switch: the first one points there, where nothing is written yet.
    await says(largeAdmin, null, true);
    await expect(write('large', 'final')).rejects.toThrow('is being moved to another database');
    await whole('large');
    await write('large', 'final');
    expect((await anna('Observation/o2')).text).toContain('final');
  });
});
