import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import type { MailQueue } from '../../src/domain/mail/mail-queue.ts';
import { takeEvents } from '../events.ts';
import { giveAddress, type MailWorld, startMailWorld } from './world.ts';

const ADDRESS = 'maria@mail.example';
const REQUEST = { address: '198.18.0.1', language: 'en' } as const;

describe('a code that is sent to the address of a login', () => {
  let mails: MailWorld;
  let queue: MailQueue;
  let sub: string;
  beforeAll(async () => {
    mails = await startMailWorld();
    sub = await giveAddress(mails.world, 'maria.many', ADDRESS);
    queue = (await mails.world.server()).stores.mails;
  }, 60_000);
  beforeEach(() => mails.world.db.query('TRUNCATE mail, mail_ticket, outbox'));
  afterAll(() => mails?.stop());

  const request = (binding: string) =>
    queue.requestLoginCode(sub, binding, { ...REQUEST, requestId: crypto.randomUUID() });

  async function getCode(binding: string): Promise<string> {
    expect(await request(binding)).toBe(true);
    const [mail] = await mails.server.take();
    expect(mail?.to).toBe(ADDRESS);
    await waitUntil(async () => (await mails.world.db.query('SELECT 1 FROM mail_ticket')).rowCount === 1);
    return /^\d{8}$/m.exec(mail?.text ?? '')?.[0] ?? '';
  }

  it('is good once, on the page that asked for it, for that login', async () => {
    const code = await getCode('page');
    expect(await queue.useCode('login-code', sub, 'another page', code)).toBe(false);
    expect(await queue.useCode('login-code', crypto.randomUUID(), 'page', code)).toBe(false);
    expect(await queue.useCode('login-code', sub, 'page', '00000000')).toBe(false);
    const typed = `${code.slice(0, 4)} ${code.slice(4)}`;
    const uses = await Promise.all([1, 2, 3, 4].map(() => queue.useCode('login-code', sub, 'page', typed)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect(await takeEvents(mails.world)).toMatchObject([
      { action: 'mail-login-code', member: 'maria', outcome: '0' },
    ]);
  });

  it('is stored nowhere in clear, and ends after ten minutes and with a new password', async () => {
    const code = await getCode('page');
    const { rows } = await mails.world.db.query<{ text: string }>(
      'SELECT m::text || t::text AS text FROM mail m, mail_ticket t',
    );
    expect(rows[0]?.text).not.toContain(code);
    expect(rows[0]?.text).not.toContain(Buffer.from(code).toString('hex'));
    await mails.world.db.query(`UPDATE mail_ticket SET expires_at = now()`);
    expect(await queue.useCode('login-code', sub, 'page', code)).toBe(false);
    await mails.world.db.query(`UPDATE mail_ticket SET expires_at = now() + interval '10 minutes'`);
    await mails.world.db.query(`UPDATE account SET password_hash = password_hash || '=' WHERE sub = $1`, [
      sub,
    ]);
    expect(await queue.useCode('login-code', sub, 'page', code)).toBe(false);
  });

  it('is not sent to a login without a confirmed address, and at most ten times in an hour', async () => {
    const { rows } = await mails.world.db.query<{ sub: string }>(
      `SELECT sub FROM account WHERE login = 'paul.parent'`,
    );
    const other = rows[0]?.sub ?? '';
    const sent = await queue.requestLoginCode(other, 'page', { ...REQUEST, requestId: crypto.randomUUID() });
    expect(sent).toBe(false);
    for (let times = 0; times < 12; times += 1) await request(`page ${times}`);
    await waitUntil(
      async () => (await mails.world.db.query(`SELECT 1 FROM mail WHERE outcome = 'dropped'`)).rowCount === 2,
    );
    expect(await mails.server.take(10)).toHaveLength(10);
  });
});
