/** How this service sends mails. */
import type { AuthConfig } from '../config.ts';
import type { MailTransport } from '../domain/mail/transport.ts';
import { openMailDirectory } from './mail-directory.ts';
import { openSmtp } from './smtp-transport.ts';

type MailConfig = Pick<AuthConfig, 'SMTP_URL' | 'MAIL_DIRECTORY'>;

/** @returns undefined for an installation that sends none */
export function openMailTransport({
  SMTP_URL: url,
  MAIL_DIRECTORY: directory,
}: Readonly<MailConfig>): MailTransport | undefined {
  if (url !== undefined) return openSmtp(url);
  return directory === undefined ? undefined : openMailDirectory(directory);
}
