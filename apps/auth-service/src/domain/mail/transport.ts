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

/** A text message, which the plan's own endpoint sends. */
export interface TextMessage {
  /** stays the same when the message is sent again */
  id: string;
  tenant: string;
  issuer: string;
  /** of the endpoint */
  url: string;
  /** may the endpoint be on this machine? on a developer's alone */
  loopback: boolean;
  /** E.164 */
  to: string;
  text: string;
  /** BCP 47, comma-separated */
  language: string;
}

/** Hands text messages over. */
export interface TextTransport {
  /** @throws MailRefused when it is in vain to try again; any other error may pass */
  send(message: TextMessage): Promise<void>;
}

/** The server will never take this mail (an SMTP reply of 5xx to the recipient or the content). */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}
