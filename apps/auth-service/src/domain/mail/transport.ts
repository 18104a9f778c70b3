/** A mail as it is handed over: plain text without a single file, picture or script. */
export interface Mail {
  /** stays the same when the mail is sent again, and so does its Message-ID */
  id: string;
  /** when the fact was queued: a mail that is sent again is the same to the byte */
  date: Date;
  from: { name: string; address: string };
  to: string;
  subject: string;
  text: string;
  /** BCP 47, comma-separated */
  language: string;
}

/** Sends mails: over SMTP, or into files where no server is. */
export interface MailTransport {
  /** @throws MailRefused when it is in vain to try again; any other error may pass */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** The server will never take this mail (an SMTP reply of 5xx to the recipient or the content). */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}
