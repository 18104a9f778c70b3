import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '@patient-access/platform/config';
import { z } from 'zod';
import { AuthConfig } from '../../src/config.ts';
import { type Mail, MailRefused, type MailTransport } from '../../src/domain/mail/transport.ts';
import { openMailTransport } from '../../src/egress/mail-transport.ts';
import { openSmtp } from '../../src/egress/smtp-transport.ts';
import { MailServer, parseMail, Reply } from './smtp-server.ts';

const MAIL: Mail = {
  id: randomUUID(),
  date: new Date('2026-11-26T12:00:00Z'),
  from: { name: 'Plan “Süd” <b@evil.example>\r\nBcc: c@evil.example', address: 'no-reply@plan.example' },
  to: 'maria@mail.example',
  subject: 'Elija una contraseña nueva',
  text: `${'¿No fue usted? '.repeat(20)}\n\nhttps://plan.example/${'a'.repeat(90)}\n\n.\nend`,
  language: 'es',
};

describe('a mail over SMTP', () => {
  const servers: MailServer[] = [];
  const transports: MailTransport[] = [];
  afterEach(async () => {
    for (const transport of transports.splice(0)) transport.close();
    for (const server of servers.splice(0)) await server.stop();
  });

  async function start(...options: ConstructorParameters<typeof MailServer>): Promise<MailServer> {
    const server = await new MailServer(...options).listen();
    servers.push(server);
    return server;
  }

  function open(url: string): MailTransport {
    const transport = openSmtp(url);
    transports.push(transport);
    return transport;
  }

  it('arrives as it was written, and a name cannot add headers or recipients', async () => {
    const server = await start();
    await open(server.url).send(MAIL);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ to: 'maria@mail.example', from: 'no-reply@plan.example' });
    expect(mail?.headers['subject']).toBe('Elija una contraseña nueva');
    expect(mail?.headers['message-id']).toBe(`<${MAIL.id}@plan.example>`);
    expect(mail?.headers['from']).toMatch(/ <no-reply@plan\.example>$/);
    expect(mail?.headers['bcc']).toBeUndefined();
    expect(mail?.text.trimEnd()).toBe(MAIL.text);
  });

  it('logs in with the name and the password of the setting', async () => {
    const seen: string[] = [];
    const server = await start({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        seen.push(`${username} ${password}`);
        done(null, { user: 'plan' });
      },
    });
    await open(`smtp://plan%40x:p%2Fw@127.0.0.1:${server.port}`).send(MAIL);
    expect(seen).toEqual(['plan@x p/w']);
  });

  it.each([
    [
      '550',
      (server: MailServer) =>
        (server.answer = () => {
          throw new Reply(550);
        }),
      true,
    ],
    [
      '451',
      (server: MailServer) =>
        (server.answer = () => {
          throw new Reply(451);
        }),
      false,
    ],
  ])('that is answered with %s is refused for good or not', async (_code, answer, forGood) => {
    const server = await start();
    answer(server);
    const error: unknown = await open(server.url)
      .send(MAIL)
      .catch((failure: unknown) => failure);
    expect(error instanceof MailRefused).toBe(forGood);
    expect(error).toBeInstanceOf(Error);
  });

  it('to a recipient that the server does not know is refused without the words of the server', async () => {
    const server = await start({
      onRcptTo: ({ address }, _session, done) => done(new Reply(550, `no ${address}`)),
    });
    const error: unknown = await open(server.url)
      .send(MAIL)
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(MailRefused);
    expect(String(error)).not.toContain('maria');
  });

  it('is not sent where the certificate is not one that a machine trusts (case O44)', async () => {
    // Without a key of its own smtp-server uses a self-signed one that everybody knows.
    const server = await start({ secure: true });
    await expect(open(`smtps://127.0.0.1:${server.port}`).send(MAIL)).rejects.toThrow(
      /self.signed|expired|altname/i,
    );
    expect(server.attempts).toEqual([]);
  });

  it('is not sent in plain text to another machine (case O44)', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal);
    if (!outside) return;
    const server = await new MailServer().listen(0, outside.address);
    servers.push(server);
    await expect(open(`smtp://${outside.address}:${server.port}`).send(MAIL)).rejects.toThrow(/STARTTLS|TLS/);
    expect(server.attempts).toEqual([]);
  });

  it('to a server that is away is an error that may pass', async () => {
    const server = await start();
    const { url } = server;
    await server.stop();
    servers.length = 0;
    const error: unknown = await open(url)
      .send(MAIL)
      .catch((failure: unknown) => failure);
    expect(error).not.toBeInstanceOf(MailRefused);
  });
});

describe('a mail of a preview', () => {
  it('is a file that a person can read, for this user alone, and the same file when it is sent again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mail-'));
    const transport = openMailTransport({ SMTP_URL: undefined, MAIL_DIRECTORY: join(directory, 'mail') });
    await transport?.send(MAIL);
    await transport?.send(MAIL);
    const files = await readdir(join(directory, 'mail'));
    expect(files).toEqual([`${MAIL.id}.eml`]);
    const file = join(directory, 'mail', files[0] as string);
    expect(parseMail(await readFile(file, 'utf8')).text).toBe(MAIL.text);
    expect((await stat(file)).mode & 0o077).toBe(0);
    await rm(directory, { recursive: true });
  });
});

describe('the setting SMTP_URL', () => {
  it.each(['http://mail.example', 'mail.example', 'file:///etc/passwd'])('is not %s', (url) => {
    const { SMTP_URL } = AuthConfig.shape;
    expect(() => loadConfig(z.object({ SMTP_URL }), { SMTP_URL: url })).toThrow(ConfigError);
  });

  it('may be left out: then no mail is sent', () => {
    expect(openMailTransport({ SMTP_URL: undefined, MAIL_DIRECTORY: undefined })).toBeUndefined();
  });
});
