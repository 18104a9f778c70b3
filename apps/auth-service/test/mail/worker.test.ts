import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { COMPILE_CACHE, waitUntil } from '@patient-access/testing';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { MailServer, Reply } from './smtp-server.ts';
import { FROM, giveAddress, hurry } from './world.ts';

/** Notices to one login: each is a fact of its own. */
async function queueNotices({ db }: World, sub: string, count: number): Promise<void> {
  await db.query(
    `SELECT queue_notice('northwind', $1, 'app-connected', 'app-connected/' || gen_random_uuid(), NULL)
       FROM generate_series(1, $2)`,
    [sub, count],
  );
}

describe('the worker that sends mails', () => {
  let world: World;
  let server: MailServer;
  let sub: string;
  beforeAll(async () => {
    server = await new MailServer().listen();
    world = await startWorld({ mail: { SMTP_URL: server.url } });
    await configure(world, { mail: { from: FROM } });
    sub = await giveAddress(world, 'maria.many', 'maria@mail.example');
  }, 60_000);
  afterEach(async () => {
    server.answer = () => undefined;
    await world.db.query('TRUNCATE mail, mail_ticket, outbox');
    server.mails.length = 0;
    server.attempts.length = 0;
  });
  afterAll(async () => {
    await world?.stop();
    await server?.stop();
  });

  const outcomes = async () =>
    (await world.db.query<{ outcome: string }>('SELECT outcome FROM mail')).rows.map(
      ({ outcome }) => outcome,
    );

  it('sends a notice once, as plain text from the plan, and records it', async () => {
    await queueNotices(world, sub, 1);
    const [mail] = await server.take();
    expect(mail).toMatchObject({ to: 'maria@mail.example', from: FROM });
    expect(mail?.headers).toMatchObject({
      from: `Northwind Health Plan <${FROM}>`,
      'auto-submitted': 'auto-generated',
      'content-language': 'en',
      'content-type': 'text/plain; charset=utf-8',
      subject: 'An app was connected',
    });
    expect(mail?.text).toContain(`${world.url}/auth/northwind/apps`);
    await waitUntil(async () => (await outcomes()).join() === 'sent');
    expect(await takeEvents(world)).toMatchObject([
      {
        kind: 'login',
        action: 'mail-app-connected',
        service: 'auth-service/mail',
        outcome: '0',
        member: 'maria',
      },
    ]);
    expect(server.attempts).toHaveLength(1);
  });

  it('writes both languages as long as it does not know which one', async () => {
    const other = await giveAddress(world, 'paul.parent', 'paul@mail.example', null);
    await queueNotices(world, other, 1);
    const [mail] = await server.take();
    expect(mail?.headers['subject']).toBe('An app was connected / Se conectó una aplicación');
    expect(mail?.headers['content-language']).toBe('en, es');
    expect(mail?.text).toContain('Se conectó una aplicación nueva con su cuenta.');
  });

  it('tells a fact once, however often it is queued', async () => {
    for (let times = 0; times < 3; times += 1)
      await world.db.query(`SELECT queue_notice('northwind', $1, 'consent-ends', 'consent-ends/1', NULL)`, [
        sub,
      ]);
    await waitUntil(async () => (await outcomes()).join() === 'sent');
    expect(server.attempts).toHaveLength(1);
  });

  it('tries again after an error that may pass, and not after one that will not', async () => {
    const busy = new Set<string>();
    server.answer = ({ headers }) => {
      const id = headers['message-id'] ?? '';
      if (busy.has(id)) return;
      busy.add(id);
      throw new Reply(451);
    };
    await queueNotices(world, sub, 1);
    await waitUntil(async () => {
      const { rows } = await world.db.query<{ attempts: number; later: boolean }>(
        `SELECT attempts, due_at > now() + interval '20 seconds' AS later FROM mail`,
      );
      return rows[0]?.attempts === 1 && rows[0].later;
    });
    expect(await takeEvents(world)).toEqual([]);
    await hurry(world);
    await server.take();
    expect(new Set(server.attempts.map(({ headers }) => headers['message-id'])).size).toBe(1);
    server.answer = () => {
      throw new Reply(550, 'no such mailbox <maria@mail.example>');
    };
    await queueNotices(world, sub, 1);
    await waitUntil(async () => (await outcomes()).includes('failed'));
    expect((await takeEvents(world)).at(-1)).toMatchObject({ outcome: '4', reason: 'mail-refused' });
  });

  it('gives a mail up that is too old, and says so', async () => {
    await world.db.query(
      `INSERT INTO mail (tenant, kind, fact, sub, give_up_at) VALUES ('northwind', 'app-connected', 'x', $1, now())`,
      [sub],
    );
    await waitUntil(async () => (await outcomes()).join() === 'failed');
    expect(server.attempts).toEqual([]);
    expect(await takeEvents(world)).toMatchObject([{ outcome: '4', reason: 'too-late' }]);
  });

  it.each([
    ['of a plan whose settings it cannot read', 'lakeside', 'app-connected', null],
    ['of a kind that it does not know', 'northwind', 'of-a-later-version', null],
    [
      'whose text it cannot open',
      'northwind',
      'password-reset',
      Buffer.from('sealed with a key that is gone'),
    ],
  ])(
    'a mail %s does not hold up those behind it, and is given up in time',
    async (_, tenant, kind, about) => {
      await world.db.query(`UPDATE tenant SET settings = '{"mail": 1}' WHERE id = 'lakeside'`);
      await world.db.query(
        `INSERT INTO mail (tenant, kind, fact, sub, about, due_at, give_up_at)
       SELECT $1, $2, n, $3, $4, now() - interval '1 hour', now() + interval '1 hour'
         FROM generate_series(1, 3) AS n`,
        [tenant, kind, sub, about],
      );
      await queueNotices(world, sub, 1);
      await server.take();
      const bad = () =>
        world.db.query('SELECT attempts, outcome FROM mail WHERE kind = $1 AND fact < $2', [kind, 'a']);
      await waitUntil(async () => (await bad()).rows.every(({ attempts }) => attempts === 1));
      await world.db.query('UPDATE mail SET due_at = now(), give_up_at = now() WHERE ended_at IS NULL');
      await waitUntil(async () => (await bad()).rows.every(({ outcome }) => outcome === 'failed'));
      expect((await takeEvents(world)).slice(-3)).toMatchObject(
        Array(3).fill({ action: `mail-${kind}`, outcome: '4', reason: 'too-late' }),
      );
      await configure(world, {}, 'lakeside');
    },
  );

  it('sends no notice that the plan has switched off, and none of a suspended plan', async () => {
    await configure(world, { mail: { from: FROM, notices: { appConnected: false } } });
    await queueNotices(world, sub, 1);
    await waitUntil(async () => (await outcomes()).join() === 'dropped');
    await configure(world, { mail: { from: FROM } });
    await world.db.query(`UPDATE tenant SET suspended_at = now() WHERE id = 'northwind'`);
    await queueNotices(world, sub, 1);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(server.attempts).toEqual([]);
    // What is not sent on purpose is no alarm.
    expect(await world.metrics()).toMatch(/^mail_waiting_rows 0$/m);
    expect(await world.metrics()).toMatch(/^mail_oldest_age_seconds 0$/m);
    await world.db.query(`UPDATE tenant SET suspended_at = NULL WHERE id = 'northwind'`);
    await server.take();
  });

  it('queues nothing for a plan that sends no mails, or a login without an address', async () => {
    await configure(world, {}, 'lakeside');
    await world.db.query(`SELECT queue_notice('lakeside', $1, 'app-connected', 'x', 'a@b.example')`, [sub]);
    const { rows } = await world.db.query<{ sub: string }>(
      `SELECT sub FROM account WHERE login = 'rita.related'`,
    );
    await queueNotices(world, rows[0]?.sub ?? '', 1);
    expect(await outcomes()).toEqual([]);
  });

  it('O47: sends each of many mails once with two replicas', async () => {
    await world.replica();
    await queueNotices(world, sub, 60);
    await waitUntil(async () => (await outcomes()).every((outcome) => outcome === 'sent'));
    const ids = server.attempts.map(({ headers }) => headers['message-id']);
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
  });

  it('shows in the metrics what waits and what was sent', async () => {
    server.answer = () => {
      throw new Reply(451);
    };
    await queueNotices(world, sub, 3);
    await waitUntil(async () => {
      const text = await world.metrics();
      return /^mail_waiting_rows 3$/m.test(text) && /^mail_retries_total [1-9]/m.test(text);
    });
    const text = await world.metrics();
    expect(text).toMatch(/^mail_sent_total [1-9]\d*$/m);
    expect(text).toMatch(/^mail_failed_total [1-9]\d*$/m);
  });
});

/** A process of its own needs seconds to start. */
const SLOW = { withinMs: 25_000 };

describe('a worker that is killed', () => {
  let world: World;
  let server: MailServer;
  let sub: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await new MailServer().listen();
    // This world sends nothing itself.
    world = await startWorld();
    await configure(world, { mail: { from: FROM } });
    sub = await giveAddress(world, 'maria.many', 'maria@mail.example');
  }, 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await world?.stop();
    await server?.stop();
  });

  function startChild(killAfter = ''): ChildProcess {
    const script = join(import.meta.dirname, 'child.ts');
    const given = [world.databaseUrl, server.url, world.master.toString('base64url'), killAfter];
    const child = spawn(process.execPath, [script, ...given], { stdio: 'inherit', env: COMPILE_CACHE });
    children.push(child);
    return child;
  }

  it('O47: loses no mail, and leaves it to the next at once', async () => {
    await queueNotices(world, sub, 20);
    let arrived = 0;
    // The third mail and the fourth never get an answer: when both senders wait, the first two are written down.
    server.answer = () => {
      arrived += 1;
      return arrived < 3 ? undefined : new Promise(() => undefined);
    };
    const child = startChild();
    await waitUntil(() => arrived >= 4, SLOW);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    server.answer = () => undefined;
    startChild();
    await waitUntil(async () => {
      const { rows } = await world.db.query(`SELECT 1 FROM mail WHERE outcome IS DISTINCT FROM 'sent'`);
      return rows.length === 0;
    }, SLOW);
    const ids = server.mails.map(({ headers }) => headers['message-id']);
    expect([ids.length, new Set(ids).size]).toEqual([20, 20]);
  }, 60_000);

  it('just after the server took a mail sends the same mail again, under the same Message-ID', async () => {
    server.mails.length = 0;
    for (const child of children) child.kill('SIGKILL');
    const address = `new-${randomUUID()}@mail.example`;
    await world.db.query(
      `INSERT INTO mail (tenant, kind, fact, sub, address, give_up_at)
       VALUES ('northwind', 'address-confirm', 'x', $1, $2, now() + interval '1 hour')`,
      [sub, address],
    );
    await once(startChild('sending'), 'exit');
    expect((await world.db.query('SELECT 1 FROM mail_ticket')).rowCount).toBe(0);
    startChild();
    const [first, second] = await server.take(2, SLOW);
    expect(second).toEqual(first);
    await waitUntil(async () => (await world.db.query('SELECT 1 FROM mail_ticket')).rowCount === 1, SLOW);
  }, 60_000);
});
