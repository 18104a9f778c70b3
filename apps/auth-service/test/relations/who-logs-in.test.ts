/** A grant that opens nothing but the Patient who logs in ends with the relation of the login to this Patient. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { createPrisma } from '../../src/domain/database.ts';
import { saveAccount } from '../../src/domain/administration/logins/accounts.ts';
import { type ConsentSnapshot, written } from '../../src/domain/consent/consent-snapshot.ts';
import { type ConsentRecord, Consents, RelationOver } from '../../src/domain/consent/consents.ts';
import { writeMail } from '../../src/domain/mail/write-mail.ts';
import { administer } from '../administration.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { openAndLogIn, redirected, registerApp, startAuthorization } from '../app.ts';
import { configure } from '../configure.ts';
import { takeAllEvents } from '../events.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { connectionOf } from './connection.ts';

const IDA = { relationship: 'self', name: 'Ida Okafor' };
const MIGRATION = join(
  import.meta.dirname,
  '../../prisma/migrations/20261130075000_own_patient_of_grant/migration.sql',
);

describe('a grant that opens nothing but the Patient who logs in ends with the relation to this Patient', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(async () => {
    await configure(world, { timeZone: 'UTC' });
    await takeAllEvents(world);
  });

  /** A new login, and what the plan says of it. */
  async function newLogin(login: string) {
    const patients = [{ id: 'ida', ...IDA }] as never;
    await saveAccount(createPrisma(pool), { tenant: 'northwind', login, password: PASSWORD, patients });
    const path = `northwind/logins/${login}/relations/ida`;
    const until = (day: string) => administer(world, 'PUT', path, { ...IDA, until: day });
    return { until, withdraw: () => administer(world, 'DELETE', path) };
  }

  /** Opens the consent page of an app that asks for nothing but who logs in. */
  async function open(login: string) {
    const app = await registerApp(world, { client_name: 'Who Is It' });
    const { url, verifier } = startAuthorization(world, app, { scope: 'openid fhirUser offline_access' });
    const [browser, consent] = await openAndLogIn(world, url, login);
    return { app, verifier, agree: () => browser.submit(consent, 'agree') };
  }

  async function connect(login: string) {
    const { app, agree, verifier } = await open(login);
    const { claims, refreshStatus } = await connectionOf(world, app, verifier, await agree());
    const isOver = async () => [await claims(), await refreshStatus()];
    expect((await claims())?.['fhirUser']).toBe(`${tenantOf(world).fhirBase}/Patient/ida`);
    expect(await claims()).not.toHaveProperty('patient');
    return { app, claims, isOver };
  }

  const endOf = (clientId: string) =>
    waitUntil(async () =>
      (await takeAllEvents(world)).find(
        ({ kind, action, client }) => kind === 'consent' && action === 'revoke' && client?.id === clientId,
      ),
    );
  async function grantExpires(clientId: string) {
    const { rows } = await world.db.query<{ expires: Date }>(
      `SELECT g.expires_at AS expires FROM oidc_record g JOIN consent c USING (tenant, grant_id)
        WHERE g.model = 'Grant' AND c.client_id = $1`,
      [clientId],
    );
    return rows.map(({ expires }) => expires.toISOString());
  }
  const dateIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

  it('O50: when the plan withdraws it; the trail has the reason, and the person is told', async () => {
    const { withdraw } = await newLogin('ida.withdrawn');
    await configure(world, { timeZone: 'UTC', mail: { from: 'care@plan.example' } });
    await world.db.query(
      "UPDATE account SET email = 'ida@mail.example', email_source = 'plan' WHERE login = 'ida.withdrawn'",
    );
    const { app, isOver } = await connect('ida.withdrawn');
    const agreed = (await takeAllEvents(world)).find(({ kind }) => kind === 'consent');
    expect(agreed).toMatchObject({ action: 'grant', member: 'ida', released: [] });
    await world.db.query('DELETE FROM mail');
    expect((await withdraw()).status).toBe(204);
    expect(await isOver()).toEqual([undefined, 400]);
    const gone = { reason: 'relation', by: 'plan', member: 'ida' };
    expect(await endOf(app.client_id)).toMatchObject(gone);
    expect((await world.db.query('SELECT kind FROM mail')).rows).toEqual([{ kind: 'relation-ended' }]);
    const { text } = writeMail('relation-ended', {
      plan: 'Northwind',
      language: null,
      facts: { url: tenantOf(world).appsPage, code: '', minutes: 0 },
    });
    expect(text).toMatch(/this login may no longer see this data.*esta cuenta ya no puede ver estos datos/s);
  });

  it('O51: when its last day is over', async () => {
    const { until } = await newLogin('ida.until');
    const { app, claims, isOver } = await connect('ida.until');
    await until(dateIn(0));
    expect(await claims()).toBeDefined();
    await until(dateIn(-1));
    expect(await isOver()).toEqual([undefined, 400]);
    expect(await endOf(app.client_id)).toMatchObject({ reason: 'relation' });
    const { browser, page } = await openApps(world, 'ida.until');
    expect(wordsOf(page)).toMatch(/Who Is It .*your plan says that this login may no longer see this data/);
    const spanish = await browser.open(`${tenantOf(world).appsPage}?lang=es`);
    expect(wordsOf(spanish)).toMatch(/Who Is It .*esta cuenta ya no puede ver estos datos/);
  });

  it('O51: also one of before, whose relation was over when the database was migrated', async () => {
    const { withdraw } = await newLogin('ida.before');
    const { app, isOver } = await connect('ida.before');
    await world.db.query('ALTER TABLE account_member DISABLE TRIGGER USER');
    await withdraw();
    await world.db.query('ALTER TABLE account_member ENABLE TRIGGER USER');
    const [, ofBefore = ''] = readFileSync(MIGRATION, 'utf8').split(/^-- Grants of before.*$/m);
    await world.db.query(ofBefore);
    expect(await isOver()).toEqual([undefined, 400]);
    expect(await endOf(app.client_id)).toMatchObject({ reason: 'relation' });
  });

  it('O53: and is not given after it', async () => {
    const { until, withdraw } = await newLogin('ida.late');
    await until(dateIn(30));
    const { app, agree } = await open('ida.late');
    expect(redirected(await agree()).has('code')).toBe(true);
    expect(await grantExpires(app.client_id)).toEqual([`${dateIn(31)}T00:00:00.000Z`]);
    const late = await open('ida.late');
    await withdraw();
    expect((await late.agree()).status).toBe(409);
  });

  it('O53: nor when the relation ends between the look at the page and the storing', async () => {
    const { withdraw } = await newLogin('ida.between');
    const { app, claims } = await connect('ida.between');
    const consent: ConsentRecord = {
      grantId: 'late-grant',
      sub: (await claims())?.['sub'] as string,
      fhirUser: `${tenantOf(world).fhirBase}/Patient/ida`,
      clientId: app.client_id,
      page: written({
        app: { name: 'Who Is It' },
        scope: 'openid fhirUser',
        textVersion: '1',
      } as ConsentSnapshot),
      choice: {
        scope: 'openid fhirUser',
        declined: [],
        sensitive: [],
        labels: [],
        duration: { id: 'once', unit: 'minutes', count: 60 },
      },
      until: Date.now() / 1000 + 86_400,
    };
    await withdraw();
    const stored = new Consents(pool, 'northwind').save({ id: 'late-record', payload: '{}' }, consent);
    await expect(stored).rejects.toBeInstanceOf(RelationOver);
  });

  describe('also where the release before stores it, without the end of the relation', () => {
    /** Stores the consent and the grant of an app again, as one statement of the release before does it. */
    async function storeAsBefore(clientId: string, meanwhile: () => Promise<unknown>) {
      const { rows: consents } = await world.db.query<{ row: Record<string, unknown> }>(
        'DELETE FROM consent c WHERE client_id = $1 RETURNING to_jsonb(c) AS row',
        [clientId],
      );
      const consent = consents[0]?.row ?? {};
      const { rows: grants } = await world.db.query<{ row: Record<string, unknown> }>(
        "DELETE FROM oidc_record g WHERE model = 'Grant' AND grant_id = $1 RETURNING to_jsonb(g) AS row",
        [consent['grant_id']],
      );
      await meanwhile();
      await world.db.query(
        `WITH granted AS (INSERT INTO oidc_record SELECT (jsonb_populate_record(NULL::oidc_record, $1)).*),
              stored AS (INSERT INTO consent SELECT (jsonb_populate_record(NULL::consent, $2)).*)
         SELECT 1`,
        [
          { ...grants[0]?.row, expires_at: consent['until'] },
          { ...consent, over_at: null, over_by: null },
        ],
      );
    }

    it('O51: it ends with the last day that the relation has already', async () => {
      const { until } = await newLogin('ida.rollout');
      const { app, claims } = await connect('ida.rollout');
      await storeAsBefore(app.client_id, () => until(dateIn(30)));
      expect(await claims()).toBeDefined();
      expect(await grantExpires(app.client_id)).toEqual([`${dateIn(31)}T00:00:00.000Z`]);
      await until(dateIn(-1));
      expect(await claims()).toBeUndefined();
      expect(await endOf(app.client_id)).toMatchObject({ reason: 'relation' });
    });

    it('O53: it is over from the start where the relation is', async () => {
      const { withdraw } = await newLogin('ida.rollback');
      const { app, isOver } = await connect('ida.rollback');
      await storeAsBefore(app.client_id, withdraw);
      expect(await isOver()).toEqual([undefined, 400]);
      expect(await endOf(app.client_id)).toMatchObject({ reason: 'relation' });
    });
  });
});
