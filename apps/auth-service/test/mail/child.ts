/** A worker in a process of its own, to be killed: `child.ts <database url> <mail server> <key> <kill after sending>`. */
import { createPool } from '@patient-access/database';
import { createLogger } from '@patient-access/platform';
import { MAIL_CONNECTIONS, MailWorker } from '../../src/domain/mail/mail-worker.ts';
import { joiningKey } from '../../src/domain/joining/joined.ts';
import { mailKey } from '../../src/domain/mail/tickets.ts';
import { openSmtp } from '../../src/egress/smtp-transport.ts';

const [databaseUrl = '', smtpUrl = '', master = '', killAfter = ''] = process.argv.slice(2);
const pool = await createPool(databaseUrl, { max: MAIL_CONNECTIONS });
const smtp = openSmtp(smtpUrl);
const transport = {
  ...smtp,
  async send(mail: Parameters<typeof smtp.send>[0]): Promise<void> {
    await smtp.send(mail);
    // The server has taken it, and nobody has written that down.
    if (killAfter === 'sending') process.kill(process.pid, 'SIGKILL');
  },
};
const mailing = {
  transport,
  texts: { send: () => Promise.reject(new Error('no texts')) },
  publicUrl: 'https://plan.example',
  key: mailKey([Buffer.from(master, 'base64url')]),
  joiningKey: joiningKey([Buffer.from(master, 'base64url')]),
};
new MailWorker(pool, mailing, createLogger('mail', 'silent'));
