import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { pino } from 'pino';
import { MAIL_CONNECTIONS, MailWorker } from '../../src/domain/mail/mail-worker.ts';
import { joiningKey } from '../../src/domain/joining/joined.ts';
import { mailKey } from '../../src/domain/mail/tickets.ts';
import { openSmtp } from '../../src/egress/smtp-transport.ts';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';
import { MailServer, Reply } from './smtp-server.ts';
import { FROM, giveAddress, hurry } from './world.ts';

let world: World;
let server: MailServer;
beforeAll(async () => {
  server = await new MailServer().listen();
  world = await startWorld();
  await configure(world, { mail: { from: FROM } });
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await server?.stop();
});

it('O44: neither an address nor a link is in a log, whatever the mail server answers', async () => {
  const sub = await giveAddress(world, 'maria.many', 'maria@mail.example');
  const lines: string[] = [];
  const logger = pino(
    new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) }),
  );
  const pool = await createPool(world.databaseUrl, { max: MAIL_CONNECTIONS });
  const keys = { key: mailKey([world.master]), joiningKey: joiningKey([world.master]) };
  const texts = { send: () => Promise.reject(new Error('no texts')) };
  const mailing = { transport: openSmtp(server.url), texts, publicUrl: world.url, ...keys };
  let link = '';
  server.answer = ({ to, text }) => {
    link = /^http\S+$/m.exec(text)?.[0] ?? '';
    throw new Reply(451, `busy: <${to}> ${link}`);
  };
  const { stores } = await world.server();
  await stores.mails.requestReset('maria.many', {
    requestId: crypto.randomUUID(),
    address: '198.18.0.1',
    language: 'en',
  });
  const worker = new MailWorker(pool, mailing, logger);
  await waitUntil(() => lines.length >= 1);
  server.answer = ({ to }) => {
    throw new Reply(550, `no <${to}>`);
  };
  await hurry(world);
  await waitUntil(() => worker.counts.failed === 1);
  await worker.stop();
  expect(sub).not.toBe('');
  expect(link).toContain('/recovery/');
  expect(lines.join('')).toMatch(/"code":"451"/);
  expect(lines.join('')).not.toMatch(/mail\.example|recovery\/|maria/);
});
