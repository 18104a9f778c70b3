/** A world whose plans send mails to a real mail server. */
import { waitUntil } from '@patient-access/testing';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';
import { MailServer, type ReceivedMail } from './smtp-server.ts';

export const FROM = 'no-reply@northwind.example';

export interface MailWorld {
  world: World;
  server: MailServer;
  stop(): Promise<void>;
}

/** @param settings of the plan `northwind`, beside those of its mails */
export async function startMailWorld(settings: object = {}): Promise<MailWorld> {
  const server = await new MailServer().listen();
  const world = await startWorld({ mail: { SMTP_URL: server.url } });
  await configure(world, { mail: { from: FROM }, ...settings });
  return {
    world,
    server,
    async stop() {
      await world.stop();
      await server.stop();
    },
  };
}

/** Sets the confirmed address of a login, as the plan would. No notice is sent, because there was no address before. */
export async function giveAddress(
  { db }: World,
  login: string,
  email: string,
  language: 'en' | 'es' | null = 'en',
): Promise<string> {
  const { rows } = await db.query<{ sub: string }>(
    `UPDATE account SET email = $3, email_source = 'plan', language = $4 WHERE tenant = $1 AND login = $2 RETURNING sub`,
    ['northwind', login, email, language],
  );
  return rows[0]?.sub ?? '';
}

/** What is still to be sent is due now. */
export const hurry = ({ db }: World) => db.query('UPDATE mail SET due_at = now() WHERE ended_at IS NULL');

/** Resolves when no mail is left to be sent. */
export const noMailWaits = ({ db }: World) =>
  waitUntil(async () => (await db.query('SELECT 1 FROM mail WHERE ended_at IS NULL')).rowCount === 0);

/** @returns the next mail, when its code or link can be used: a mail is sent before its transaction ends */
export async function takeMail({ world, server }: MailWorld): Promise<ReceivedMail> {
  const [mail] = await server.take();
  await noMailWaits(world);
  if (mail === undefined) throw new Error('there was no mail');
  return mail;
}
