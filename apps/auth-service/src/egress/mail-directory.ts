/** Writes mails into a directory instead of sending them: for a preview, whose people are made up. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mail, MailTransport } from '../domain/mail/transport.ts';

/** The text is not encoded, so that a person can read it and open its link. */
function messageOf({ date, from, to, subject, text, language }: Mail): string {
  const headers = {
    Date: date.toUTCString(),
    From: `${from.name} <${from.address}>`,
    To: to,
    Subject: subject,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding': '8bit',
    'Content-Language': language,
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  return `${head.join('')}\n${text}`;
}

export function openMailDirectory(directory: string): MailTransport {
  return {
    async send(mail) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const unfinished = join(directory, `.${mail.id}`);
      await writeFile(unfinished, messageOf(mail), { mode: 0o600 });
      // A mail that is sent again is the same file.
      await rename(unfinished, join(directory, `${mail.id}.eml`));
    },
    close: () => undefined,
  };
}
