import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getTokens, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { queueReminders } from '../../src/domain/mail/reminders.ts';
import { createPool, type Pool } from '@patient-access/database';
import type { World } from '../world.ts';
import { giveAddress, type MailWorld, noMailWaits, startMailWorld } from './world.ts';

describe('a notice by email', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  let sub: string;
  let pool: Pool;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true });
    ({ world } = mails);
    sub = await giveAddress(world, 'maria.many', 'maria@mail.example');
    pool = await createPool(world.databaseUrl, { max: 2 });
  }, 60_000);
  afterEach(async () => {
    await noMailWaits(world);
    await world.db.query('TRUNCATE mail, mail_ticket, consent, throttle');
    await takeEvents(world);
    mails.server.mails.length = 0;
  });
  afterAll(async () => {
    await pool?.end();
    await mails?.stop();
  });

  const subjects = async () => {
    await noMailWaits(world);
    return mails.server.mails.splice(0).map(({ headers }) => headers['subject']);
  };
  const connect = async () => getTokens(world, app);

  it('comes when a new app was connected, and not when the same app asks again', async () => {
    app = await registerApp(world);
    await connect();
    expect(await subjects()).toEqual(['An app was connected']);
    await connect();
    expect(await subjects()).toEqual([]);
    await world.db.query(`UPDATE consent SET revoked_at = now(), end_reason = 'member'`);
    await connect();
    expect(await subjects()).toEqual(['An app was connected']);
  });

  it('comes when a refresh token was used twice', async () => {
    app = await registerApp(world);
    const { refresh_token: first = '' } = await connect();
    const second = await refresh(world, app, first);
    expect((await refresh(world, app, String(second.body['refresh_token']))).status).toBe(200);
    expect(await subjects()).toEqual(['An app was connected']);
    expect((await refresh(world, app, first)).status).toBe(400);
    expect(await subjects()).toEqual(['A connection was stopped for your safety']);
    await refresh(world, app, first);
    expect(await subjects()).toEqual([]);
  });

  it('comes once, 14 days before a consent ends, for all that end on that day', async () => {
    const [one, other] = [await registerApp(world), await registerApp(world)];
    for (const each of [one, other]) {
      app = each;
      await connect();
    }
    await subjects();
    await queueReminders(pool);
    expect(await subjects()).toEqual([]);
    await world.db.query(`UPDATE consent SET until = now() + interval '14 days', remind_at = now()`);
    await Promise.all([queueReminders(pool), queueReminders(pool)]);
    expect(await subjects()).toEqual(['A connection will end soon']);
    await queueReminders(pool);
    expect(await subjects()).toEqual([]);
  });

  it('does not come for a consent that was replaced, was ended, or is short', async () => {
    app = await registerApp(world);
    await connect();
    await world.db.query(`UPDATE consent SET until = now() + interval '14 days', remind_at = now()`);
    await connect();
    await world.db.query(
      `UPDATE consent SET remind_at = now() WHERE remind_at IS NOT NULL AND until < now() + interval '15 days'`,
    );
    await subjects();
    await queueReminders(pool);
    expect(await subjects()).toEqual([]);
    await world.db.query(`UPDATE consent SET remind_at = now(), revoked_at = now(), end_reason = 'member'`);
    await queueReminders(pool);
    expect(await subjects()).toEqual([]);
    await world.db.query('TRUNCATE consent');
    await getTokens(world, app, { scope: 'launch/patient patient/*.rs' });
    const { rows } = await world.db.query<{ remind_at: Date | null }>('SELECT remind_at FROM consent');
    expect(rows).toEqual([{ remind_at: null }]);
  });

  it('comes for whatever statement changes the password, the second factor or the address', async () => {
    await world.db.query(`UPDATE account SET password_hash = password_hash WHERE sub = $1`, [sub]);
    expect(await subjects()).toEqual([]);
    const { rows } = await world.db.query<{ hash: string }>(
      'SELECT password_hash AS hash FROM account WHERE sub = $1',
      [sub],
    );
    await world.db.query(`UPDATE account SET password_hash = 'x' WHERE sub = $1`, [sub]);
    expect(await subjects()).toEqual(['Your password was changed']);
    await world.db.query(`UPDATE account SET password_hash = $2 WHERE sub = $1`, [sub, rows[0]?.hash]);
    const insert = `INSERT INTO second_factor (tenant, sub, sealed, last_step) VALUES ('northwind', '${sub}', '\\x00', 1)`;
    await world.db.query(insert);
    await world.db.query(`UPDATE second_factor SET last_step = 2`);
    await world.db.query(`BEGIN; DELETE FROM second_factor; ${insert}; COMMIT`);
    await world.db.query(`DELETE FROM second_factor`);
    const changed = 'The second step of your login was changed';
    expect((await subjects()).sort()).toEqual([changed, changed, changed, 'Your password was changed']);
    await world.db.query(`UPDATE account SET email = 'new@mail.example' WHERE sub = $1`, [sub]);
    await noMailWaits(world);
    expect(mails.server.mails).toMatchObject([{ to: 'maria@mail.example' }]);
    await world.db.query(`UPDATE account SET email = 'maria@mail.example' WHERE sub = $1`, [sub]);
  });

  it('names in both languages no person, no app and nothing about health', async () => {
    for (const language of ['en', 'es']) {
      await world.db.query('UPDATE account SET language = $2 WHERE sub = $1', [sub, language]);
      for (const kind of [
        'app-connected',
        'connection-ended',
        'consent-ends',
        'access-ends',
        'password-changed',
        'factor-changed',
        'address-changed',
      ])
        await world.db.query(`SELECT queue_notice('northwind', $1, $2, $2 || $3, NULL)`, [
          sub,
          kind,
          language,
        ]);
    }
    await noMailWaits(world);
    expect(mails.server.mails).toHaveLength(14);
    for (const { text, headers } of mails.server.mails) {
      const said = `${headers['subject']} ${text.replaceAll('Northwind Health Plan', '')}`;
      expect(said).not.toMatch(/maria|castellan|many|diary|health|salud|claim|medic|doctor|lab/i);
      expect(text.match(/https?:\/\/\S+/g)).toHaveLength(1);
    }
  });
});
