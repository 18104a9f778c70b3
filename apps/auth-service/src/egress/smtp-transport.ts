/** Hands mails to the plan's mail server. */
import { reachOf } from './addresses.ts';
import { createTransport } from 'nodemailer';
import { type MailTransport, MailRefused, type Mail } from '../domain/mail/transport.ts';

const CONNECT_MS = 10_000;
/** without a byte from the server */
const SILENCE_MS = 20_000;
const CONNECTIONS = 2;

/** Permanent, and about this mail: replies to the recipient and to the content (RFC 5321 section 4.2.1). */
const ABOUT_THE_MAIL = new Set(['RCPT TO', 'DATA']);

interface SmtpError extends Error {
  responseCode?: number;
  /** the command to which the server replied */
  command?: string;
}

function refusalOf(error: SmtpError): Error {
  const { responseCode = 0, command = '' } = error;
  const isPermanent = responseCode >= 500 && ABOUT_THE_MAIL.has(command);
  // The server's words may quote the address.
  return isPermanent ? new MailRefused(`refused with ${responseCode}`) : error;
}

const isLoopback = (host: string): boolean => host === 'localhost' || reachOf(host) === 'loopback';

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

function messageOf({ id, date, from, to, subject, text, language }: Mail) {
  return {
    date,
    from,
    to,
    subject,
    text,
    messageId: `<${id}@${domainOf(from.address)}>`,
    // No answers by machines (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
  };
}

/**
 * @param url `smtps://user:password@host:465`, or `smtp://…:587`, where TLS is begun by STARTTLS or nothing is sent. On the
 *   loopback interface alone plain text is allowed.
 */
export function openSmtp(url: string): MailTransport {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'smtps:';
  const pool = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !isLoopback(host),
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      try {
        await pool.sendMail(messageOf(mail));
      } catch (error) {
        throw refusalOf(error as SmtpError);
      }
    },
    close: () => pool.close(),
  };
}
