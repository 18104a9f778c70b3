/** A mail server that keeps what it gets, and answers as a test says. */
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { waitUntil } from '@patient-access/testing';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  to: string;
  /** the address of the envelope */
  from: string;
  /** by name in lower case, unfolded and decoded */
  headers: Record<string, string>;
  text: string;
}

/** What the server says to a mail: nothing (it takes it), or an error with a reply code. */
type Answer = (mail: ReceivedMail) => Promise<void> | void;

export class Reply extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message = 'no') {
    super(message);
    this.responseCode = responseCode;
  }
}

/** RFC 2047, base64 and quoted-printable. */
const decodeWords = (value: string): string =>
  value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, word: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString()
        : decodeQuotedPrintable(word.replaceAll('_', ' ')),
    );

function decodeQuotedPrintable(encoded: string): string {
  const bytes = encoded
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export function parseMail(raw: string): Pick<ReceivedMail, 'headers' | 'text'> {
  const [head = '', ...rest] = raw.replaceAll('\r\n', '\n').split('\n\n');
  const lines = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      decodeWords(line.slice(line.indexOf(':') + 2)),
    ]),
  );
  const body = rest.join('\n\n');
  const encoding = headers['content-transfer-encoding'];
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? decodeQuotedPrintable(body)
        : body;
  return { headers, text };
}

export class MailServer {
  /** taken, in their order */
  readonly mails: ReceivedMail[] = [];
  /** every attempt, also of what was not taken */
  readonly attempts: ReceivedMail[] = [];
  answer: Answer = () => undefined;
  private readonly server: SMTPServer;

  constructor(options: SMTPServerOptions = {}) {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 500,
      ...options,
      onData: (stream, session, done) => {
        const { mailFrom, rcptTo } = session.envelope;
        void text(stream)
          .then(async (raw) => {
            const from = mailFrom === false ? '' : mailFrom.address;
            const mail = { to: rcptTo.map(({ address }) => address).join(), from, ...parseMail(raw) };
            this.attempts.push(mail);
            await this.answer(mail);
            this.mails.push(mail);
            done();
          })
          .catch((error: Error) => done(error));
      },
    });
    this.server.on('error', () => undefined);
  }

  async listen(port = 0, host = '127.0.0.1'): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, host, () => resolve()));
    return this;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** @returns the mails since the last call, as soon as there are so many */
  async take(count = 1, wait: { withinMs?: number } = {}): Promise<ReceivedMail[]> {
    await waitUntil(() => this.mails.length >= count, {
      ...wait,
      failure: () => `${this.mails.length} of ${count} mails`,
    });
    return this.mails.splice(0);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
