/** A consent is version 1 when it was given and version 2 when it has ended, in whatever order these facts arrive. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConsentFact } from '@patient-access/events';
import { ask, newEventKey } from '@patient-access/testing';
import { asMember, ENDED, fact, resourcesIn, startWorld, type World } from '../world.ts';

describe('a consent', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  async function found(query: string, member?: string) {
    return resourcesIn(await (await asMember(world, member))(`Consent${query}`));
  }
  /** The id follows from the grant's id, so each test uses a grant of its own. */
  async function idOf(grantId: string): Promise<string> {
    const [consent] = await found(`?identifier=${grantId}`);
    return consent?.id ?? 'none';
  }

  it('can be read and found, and its history shows how it was given and how it ended', async () => {
    const given = fact();
    expect((await world.deliver([given])).status).toBe(204);
    const anna = await asMember(world);
    const id = await idOf(given.grantId);
    const read = await anna(`Consent/${id}`);
    expect(read.status).toBe(200);
    const [first] = resourcesIn(await anna(`Consent/${id}/_history`));
    const firstVersion = first?.meta?.versionId;
    expect(read.headers['etag']).toBe(`W/"${firstVersion}"`);
    expect(JSON.parse(read.text)).toMatchObject({ status: 'active', patient: { reference: 'Patient/anna' } });
    expect(await found('?status=active&date=2026-11-25')).toHaveLength(1);

    await world.deliver([fact({ ended: ENDED })]);
    const now = await anna(`Consent/${id}`);
    expect(now.headers['etag']).not.toBe(read.headers['etag']);
    expect(JSON.parse(now.text)).toMatchObject({
      status: 'inactive',
      provision: { period: { start: given.granted, end: ENDED.at } },
    });
    const before = await anna(`Consent/${id}/_history/${firstVersion}`);
    expect(JSON.parse(before.text)).toEqual(JSON.parse(read.text));
    const history = resourcesIn(await anna(`Consent/${id}/_history`));
    expect(history.map(({ status }) => status)).toEqual(['inactive', 'active']);
    expect(await found('?status=active&identifier=grant_1-A')).toEqual([]);
    expect(await found('?status=inactive&identifier=grant_1-A')).toHaveLength(1);
  });

  it('waits while the plan moves to another database', async () => {
    const given = fact({ grantId: 'grant_while-moving' });
    await world.admin.query("INSERT INTO plan_database (plan, paused) VALUES ('northwind', true)");
    expect((await world.deliver([given])).status).toBe(503);
    expect(await idOf(given.grantId)).toBe('none');
    await world.admin.query('UPDATE plan_database SET paused = false');
    expect((await world.deliver([given])).status).toBe(204);
    expect(await idOf(given.grantId)).not.toBe('none');
  });

  it('is stored although a plan that comes with it moves, or is in a database that is away', async () => {
    await world.admin.query(
      "INSERT INTO plan_database (plan, paused, moved_to) VALUES ('moving', true, NULL), ('away', false, 'gone')",
    );
    for (const [tenant, status] of [
      ['moving', 503],
      ['away', 500],
    ] as const) {
      const [theirs, ours] = [fact({ tenant, grantId: 'theirs' }), fact({ grantId: `beside-${tenant}` })];
      expect([tenant, (await world.deliver([theirs, ours])).status]).toEqual([tenant, status]);
      expect(await found(`?identifier=${ours.grantId}`)).toHaveLength(1);
    }
    await world.admin.query("DELETE FROM plan_database WHERE plan IN ('moving', 'away')");
  });

  it('of a plan whose records were deleted is acknowledged, and not stored', async () => {
    await world.admin.query("INSERT INTO deleted_plan (tenant, by) VALUES ('deleted', 'test')");
    const gone = ['gone-1', 'gone-2'].map((grantId) => fact({ tenant: 'deleted', grantId }));
    expect((await world.deliver(gone.slice(1))).status).toBe(204);
    expect((await world.deliver([...gone, fact({ grantId: 'beside-deleted' })])).status).toBe(204);
    expect(await found('?identifier=beside-deleted')).toHaveLength(1);
    const { rowCount } = await world.admin.query("SELECT FROM resource WHERE tenant = 'deleted'");
    expect(rowCount).toBe(0);
  });

  it('is the same if its facts come twice, together, or in reverse order', async () => {
    const orders: [string, (given: ConsentFact, ended: ConsentFact) => ConsentFact[]][] = [
      ['in-order', (given, ended) => [given, ended]],
      ['backwards', (given, ended) => [ended, given]],
      ['end-only', (_, ended) => [ended]],
      ['again', (given, ended) => [given, given, ended, ended, given]],
    ];
    const anna = await asMember(world);
    for (const [grantId, order] of orders) {
      await world.deliver(order(fact({ grantId }), fact({ grantId, ended: ENDED })));
      const history = resourcesIn(await anna(`Consent/${await idOf(grantId)}/_history`));
      expect([grantId, history.map(({ status }) => status)]).toEqual([grantId, ['inactive', 'active']]);
      expect(history[1]).toMatchObject({ provision: { period: { end: fact().until } } });
    }
  });

  it('has exactly two versions after 40 deliveries at the same time', async () => {
    const grantId = 'raced';
    const [given, ended] = [fact({ grantId }), fact({ grantId, ended: ENDED })];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => world.deliver([index % 2 ? given : ended])),
    );
    // A delivery that waited too long for the others is refused and comes again.
    for (const { status } of answers) expect([204, 500, 503]).toContain(status);
    await world.deliver([ended, given]);
    const history = resourcesIn(await (await asMember(world))(`Consent/${await idOf(grantId)}/_history`));
    expect(history.map(({ status }) => status)).toEqual(['inactive', 'active']);
    const { rows } = await world.admin.query(
      `SELECT parameter FROM search_value WHERE value = 'raced' AND type = 'Consent'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('is stored with many others, each with a long scope', async () => {
    const scope = `openid ${'patient/ExplanationOfBenefit.rs '.repeat(100)}`.trim();
    const many = Array.from({ length: 200 }, (_, at) =>
      fact({ grantId: `many-${at}`, member: 'dora', scope }),
    );
    expect((await world.deliver(many)).status).toBe(204);
    expect(await found('?identifier=many-199', 'dora')).toHaveLength(1);
  });

  it('F53: that released sensitive data does not exist for an app that was released less', async () => {
    const labels = ['http://terminology.hl7.org/CodeSystem/v3-ActCode|SUD'];
    const [given, ended] = [
      fact({ grantId: 'released', labels }),
      fact({ grantId: 'released', labels, ended: ENDED }),
    ];
    for (const facts of [[given], [ended]]) {
      expect((await world.deliver(facts)).status).toBe(204);
      const asked = async (sensitive: string[]) =>
        resourcesIn(await (await asMember(world, 'anna', { sensitive }))('Consent?identifier=released'));
      expect(await asked(labels)).toHaveLength(1);
      expect(await asked([])).toEqual([]);
      const [{ id } = { id: '' }] = await asked(labels);
      const other = await asMember(world, 'anna', { sensitive: [] });
      for (const path of [`Consent/${id}`, `Consent/${id}/_history`])
        expect((await other(path)).status).toBe(404);
    }
  });

  it('F02: of another member is answered with the same 404 as one that does not exist', async () => {
    await world.deliver([fact({ grantId: 'annas' })]);
    const id = await idOf('annas');
    const ben = await asMember(world, 'ben');
    const [theirs, none] = [await ben(`Consent/${id}`), await ben('Consent/does-not-exist')];
    expect([theirs.status, none.status]).toEqual([404, 404]);
    const same = ({ text }: { text: string }) => text.replace(/[0-9a-f-]{36}/, '');
    expect(same(theirs)).toBe(same(none));
    const [newest] = resourcesIn(await (await asMember(world))(`Consent/${id}/_history`));
    for (const path of [`Consent/${id}/_history`, `Consent/${id}/_history/${newest?.meta?.versionId}`])
      expect((await ben(path)).status).toBe(404);
    expect(await found('', 'ben')).toEqual([]);
    const lakeside = await asMember(world, 'anna', { tenant: 'lakeside' });
    expect((await lakeside(`Consent/${id}`)).status).not.toBe(200);
  });

  it('belongs to the member of the record, and not to the person who agreed for the member', async () => {
    await world.deliver([fact({ grantId: 'coras', member: 'cora' })]);
    expect(await found('?identifier=coras', 'cora')).toHaveLength(1);
    expect(await found('?identifier=coras')).toEqual([]);
  });

  it('is visible to an app whose scope names it, and not with a wildcard', async () => {
    for (const [scope, read, search] of [
      ['patient/*.rs', 403, 403],
      ['patient/Consent.r', 200, 403],
      ['patient/Consent.rs', 200, 200],
      ['patient/AuditEvent.rs', 403, 403],
    ] as const) {
      const app = await asMember(world, 'anna', { scope });
      const id = await idOf('annas');
      expect([scope, (await app(`Consent/${id}`)).status, (await app('Consent')).status]).toEqual([
        scope,
        read,
        search,
      ]);
    }
  });

  it('is accepted from auth-service only, and an invalid one does not stop the others', async () => {
    const before = await found('');
    expect((await world.deliver([fact({ grantId: 'forged' })], newEventKey())).status).toBe(401);
    for (const body of ['', '{}', ' ', `AAAA ${JSON.stringify(fact({ grantId: 'forged' }))}`])
      expect((await ask(world.url, '/internal/consents', { method: 'POST', body })).status).toBe(401);
    expect(await found('')).toHaveLength(before.length);
    const bad = fact({ snapshotSha256: 'no hash' });
    const noPatient = fact({ grantId: 'odd', member: 'not an id' });
    expect((await world.deliver([bad, noPatient, fact({ grantId: 'good' })])).status).toBe(204);
    expect(await found('')).toHaveLength(before.length + 1);
    expect(await found('?identifier=good')).toHaveLength(1);
  });

  it('is stored although the database refuses one that comes with it', async () => {
    const grants = ['beside-1', 'refused\0', 'beside-2'];
    const facts = grants.map((grantId) => fact({ grantId }));
    expect((await world.deliver(facts)).status).toBe(500);
    expect(await found('?identifier=beside-1')).toHaveLength(1);
  });

  it('is stored in one transaction with others of its plan, and apart from those of another plan', async () => {
    const together = [
      fact({ grantId: 'together-1' }),
      fact({ grantId: 'together-2', member: 'ben', ended: ENDED }),
      fact({ grantId: 'elsewhere', tenant: 'lakeside' }),
    ];
    expect((await world.deliver(together)).status).toBe(204);
    const { rows } = await world.admin.query<{ given: string; instants: string }>(
      `SELECT count(*) AS given, count(DISTINCT last_updated) AS instants FROM (
         SELECT last_updated, body FROM resource UNION ALL SELECT last_updated, body FROM resource_history) v
        WHERE body LIKE '%together-%' AND body LIKE '%"status":"active"%'`,
    );
    expect(rows).toEqual([{ given: '2', instants: '1' }]);
    const elsewhere = await world.admin.query(
      `SELECT tenant FROM resource WHERE type = 'Consent' AND body LIKE '%elsewhere%'`,
    );
    expect(elsewhere.rows).toEqual([{ tenant: 'lakeside' }]);
  });
});
