/** Grants end with the relation that they stand on, whoever ends it and however. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { createPrisma } from '../../src/domain/database.ts';
import { saveAccount } from '../../src/domain/administration/logins/accounts.ts';
import { administer as administerTenant } from '../administration.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { exchange, introspectionClaims, openAndLogIn, registerApp, startAuthorization } from '../app.ts';
import { configure } from '../configure.ts';
import { PASSWORD, GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';
import { connectionOf } from './connection.ts';

const FAMILY = [
  { id: 'paul', relationship: 'self', name: 'Paul Okafor' },
  { id: 'cora', relationship: 'child', name: 'Cora Okafor' },
];

describe('grants end with the relation that they stand on', () => {
  let world: World;
  let replica: World;
  let pool: Pool;
  let prisma: ReturnType<typeof createPrisma>;
  beforeAll(async () => {
    world = await startWorld();
    replica = await world.replica();
    pool = await createPool(world.databaseUrl, { max: 2 });
    prisma = createPrisma(pool);
    const cora = [{ id: 'cora', relationship: 'self', name: 'Cora Okafor' }];
    await saveAccount(prisma, {
      tenant: 'northwind',
      login: 'cora.child',
      password: PASSWORD,
      patients: cora,
    });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(async () => {
    await configure(world, { timeZone: 'UTC' });
    await set(FAMILY);
    // The ends of the test before may be recorded only now. They are not the ends that the next test waits for.
    await waitUntil(async () => (await unrecordedEnds()) === 0);
    await world.db.query('DELETE FROM outbox');
  });

  const set = (patients: object[]) =>
    saveAccount(prisma, {
      tenant: 'northwind',
      login: 'paul.parent',
      password: PASSWORD,
      patients: patients as never,
    });
  const administer = (method: string, path: string, body?: object) =>
    administerTenant(world, method, `northwind/${path}`, body);
  const RELATION = 'logins/paul.parent/relations/cora';
  const relation = (facts: object) =>
    administer('PUT', RELATION, { relationship: 'child', name: 'Cora Okafor', ...facts });

  /** Connects an app to a person's data. */
  async function connect(member = 'cora', name = 'Health Diary') {
    const app = await registerApp(world, { client_name: name });
    const { url, verifier } = startAuthorization(world, app);
    const [browser, chooser] = await openAndLogIn(world, url, 'paul.parent');
    const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', member));
    const connection = await connectionOf(world, app, verifier, await browser.submit(consent, 'agree'));
    expect(await connection.isLive()).toBe(true);
    return { app, ...connection };
  }
  const unrecordedEnds = async () => {
    const { rowCount } = await world.db.query(
      'SELECT FROM consent WHERE revoked_at IS NULL AND over_at <= now()',
    );
    return rowCount;
  };
  const ends = async () => {
    const { rows } = await world.db.query<{ body: string }>(
      `SELECT body FROM outbox WHERE body LIKE '%"consent"%revoke%' ORDER BY created_at`,
    );
    return rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  };
  const recorded = () => waitUntil(async () => ((await ends()).length > 0 ? ends() : undefined));
  const dateIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  /** @param days after today; a birthday of yesterday is over on a 29th of February, too */
  const bornYearsAgo = (years: number, days = -1) => {
    const born = new Date(Date.now() + days * 86_400_000);
    born.setUTCFullYear(born.getUTCFullYear() - years);
    return born.toISOString().slice(0, 10);
  };

  it('O50: at once on every replica when the plan withdraws it; the trail has the reason, other grants go on', async () => {
    const [child, own] = [await connect('cora'), await connect('paul')];
    expect((await administer('DELETE', RELATION)).status).toBe(204);
    expect([await child.isLive(), await child.isLive(replica), await child.canRefresh()]).toEqual([
      false,
      false,
      false,
    ]);
    expect([await own.isLive(), await own.canRefresh()]).toEqual([true, true]);
    expect(await recorded()).toMatchObject([
      { reason: 'relation', by: 'plan', member: 'cora', client: { id: child.app.client_id }, outcome: '0' },
    ]);
    expect((await administer('DELETE', RELATION)).status).toBe(404);
  });

  it('O50: with a command or a seed that no longer names the person', async () => {
    const child = await connect('cora');
    await set(FAMILY.slice(0, 1));
    expect(await child.isLive()).toBe(false);
    expect(await recorded()).toMatchObject([{ reason: 'relation' }]);
  });

  it('O50: gateways hear of it at the commit, and of each grant when its end is recorded', async () => {
    const child = await connect('cora');
    const stream = await fetch(`${replica.address}/internal/revocations`, {
      headers: { authorization: GATEWAY_BASIC },
    });
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    await administer('DELETE', RELATION);
    let heard = '';
    while (!/grantId/.test(heard)) {
      const { value, done } = await reader.read();
      if (done) break;
      heard += Buffer.from(value).toString();
    }
    await reader.cancel();
    // The change of the relation says so itself. Recording the ends of its grants comes after it.
    expect(heard).toMatch(/"sub"[\s\S]*"grantId"/);
    expect(await child.isLive()).toBe(false);
  });

  it('O51: when the last day of the relation is over, without anybody’s act', async () => {
    const child = await connect('cora');
    await relation({ until: dateIn(0) });
    expect(await child.isLive()).toBe(true);
    await relation({ until: dateIn(-1) });
    expect(await child.isLive()).toBe(false);
    expect(await recorded()).toMatchObject([{ reason: 'relation' }]);
    await relation({ until: dateIn(30) });
    expect(await child.isLive()).toBe(false);
  });

  it('O52: at the moment in which a child comes of age, with no process that has to notice it', async () => {
    const child = await connect('cora');
    await relation({ birthDate: bornYearsAgo(18, 1) });
    expect([await child.isLive(), await child.canRefresh()]).toEqual([true, true]);
    // The birthday itself, brought near: the trigger's other result.
    await world.db.query(
      `ALTER TABLE account_member DISABLE TRIGGER relation_end;
       UPDATE account_member SET ends_at = now() + interval '4 seconds' WHERE patient = 'cora' AND relationship = 'child';
       ALTER TABLE account_member ENABLE TRIGGER relation_end`,
    );
    expect(await child.isLive()).toBe(true);
    await waitUntil(async () => !(await child.isLive()));
    expect(await recorded()).toMatchObject([{ reason: 'of-age', by: 'plan', member: 'cora' }]);
  });

  it('O52: for a grown child no new grant is given, and one that the plan has under guardianship goes on', async () => {
    const child = await connect('cora');
    await relation({ birthDate: bornYearsAgo(18), guardianship: true });
    expect(await child.isLive()).toBe(true);
    await relation({ birthDate: bornYearsAgo(18) });
    expect([await child.isLive(), await child.canRefresh()]).toEqual([false, false]);
    const [, page] = await openAndLogIn(
      world,
      startAuthorization(world, await registerApp(world)).url,
      'paul.parent',
    );
    expect(wordsOf(page)).not.toContain('Cora');
  });

  it('O52: an end that nobody could record while no replica ran is recorded once by two', async () => {
    await connect('cora', 'One');
    await connect('cora', 'Two');
    await relation({ birthDate: bornYearsAgo(30) });
    await recorded();
    await waitUntil(async () => (await ends()).length === 2);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await ends()).map(({ reason }) => reason)).toEqual(['of-age', 'of-age']);
  });

  it('O53: agreeing on a page that was open when the relation ended gives nothing', async () => {
    const app = await registerApp(world);
    const [browser, chooser] = await openAndLogIn(world, startAuthorization(world, app).url, 'paul.parent');
    const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', 'cora'));
    await administer('DELETE', RELATION);
    const page = await browser.submit(consent, 'agree');
    expect(page.headers.get('location') ?? '').not.toContain('code=');
    const grants = await world.db.query('SELECT 1 FROM consent WHERE client_id = $1', [app.client_id]);
    expect(grants.rowCount).toBe(0);
  });

  it('O53: a withdrawal at the same moment as an agreement leaves no live grant', async () => {
    for (let round = 0; round < 10; round += 1) {
      await set(FAMILY);
      const app = await registerApp(world);
      const { url, verifier } = startAuthorization(world, app);
      const [browser, chooser] = await openAndLogIn(world, url, 'paul.parent');
      const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', 'cora'));
      const [page] = await Promise.all([browser.submit(consent, 'agree'), administer('DELETE', RELATION)]);
      const code = new URL(page.headers.get('location') ?? 'x:', world.url).searchParams.get('code');
      if (code === null) continue;
      const { status, body } = await exchange(world, app, code, verifier);
      if (status === 200)
        expect(await introspectionClaims(world, body['access_token'] as string)).toBeUndefined();
    }
  }, 60_000);

  it('O54: both persons read it on their pages of connected apps, in both languages', async () => {
    await connect('cora', 'Growing Up');
    await relation({ birthDate: bornYearsAgo(18) });
    await recorded();
    const parent = await openApps(world, 'paul.parent');
    expect(wordsOf(parent.page)).toMatch(/Growing Up .*this person has come of age and now decides alone/);
    const child = await openApps(world, 'cora.child');
    expect(wordsOf(child.page)).toMatch(
      /Apps that another person had connected to your data .*Growing Up .*you have come of age and now decide alone/,
    );
    const spanish = await child.browser.open(`${tenantOf(world).appsPage}?lang=es`);
    expect(wordsOf(spanish)).toMatch(/Growing Up .*usted llegó a la mayoría de edad/);
    const other = await openApps(world, 'maria.many');
    expect(wordsOf(other.page)).not.toContain('Growing Up');
  });

  it('O54: both persons are told by e-mail, once, without a name', async () => {
    await configure(world, { timeZone: 'UTC', mail: { from: 'care@plan.example' } });
    await world.db.query(
      "UPDATE account SET email = login || '@mail.example', email_source = 'plan' WHERE login IN ('paul.parent', 'cora.child')",
    );
    await world.db.query('DELETE FROM mail');
    await connect('cora', 'One');
    await connect('cora', 'Two');
    await world.db.query("DELETE FROM mail WHERE kind <> 'relation-ended'");
    await relation({ birthDate: bornYearsAgo(18) });
    await waitUntil(async () => (await ends()).length === 2);
    const { rows } = await world.db.query<{ kind: string; login: string }>(
      `SELECT kind, login FROM mail JOIN account USING (tenant, sub) ORDER BY login`,
    );
    expect(rows).toEqual([
      { kind: 'relation-ended', login: 'cora.child' },
      { kind: 'relation-ended', login: 'paul.parent' },
    ]);
  });

  it('O50: relations are listed with their end, and what is wrong is named', async () => {
    const answer = await relation({ birthDate: '2015-03-01', until: '2030-12-31' });
    const cora = expect.objectContaining({
      id: 'cora',
      birthDate: '2015-03-01',
      endsAt: '2031-01-01T00:00:00.000Z',
      endsBy: 'relation',
    });
    // The event of a change names one person, so its answer tells of nobody else.
    expect(answer.body['relations']).toEqual([cora]);
    const listed = await administer('GET', 'logins/paul.parent/relations');
    expect(listed.body['relations']).toEqual([expect.objectContaining({ id: 'paul', endsAt: null }), cora]);
    expect((await relation({ birthDate: '2015' })).status).toBe(400);
    expect(
      (await administer('PUT', 'logins/nobody/relations/cora', { relationship: 'child', name: 'C' })).status,
    ).toBe(404);
  });
});
