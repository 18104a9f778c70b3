/** What a member is told by e-mail. Each kind is told to the confirmed address of the login, unless its row says another. */
import type { MailSettings } from '../tenant/mail-settings.ts';

/** What the reader of a mail may do once: by a link to a page, or by a code that is typed at the login. */
interface TicketRule {
  as: 'link' | 'code';
  /** counted from when the mail was sent */
  seconds: number;
}

export interface KindOfMail {
  /** the switch of the plan; absent: it is sent in any case, because somebody asked for it */
  notice?: keyof MailSettings['notices'];
  ticket?: TicketRule;
  /** how many of one login are sent in an hour, or one more for each sender; further ones are dropped */
  perHour?: number;
  /** who gets it, if not somebody with a login: a developer or the plan's staff, whose mailbox the row names, or a member at the
   * address that the plan has */
  reader?: 'developer' | 'staff' | 'member';
  /** it goes to a phone number */
  by?: 'text';
}

const RESET_SECONDS = 30 * 60;
const CONFIRM_SECONDS = 60 * 60;
const JOIN_SECONDS = 60 * 60;
const CODE_SECONDS = 10 * 60;

const MAIL_KINDS = {
  'password-reset': { ticket: { as: 'link', seconds: RESET_SECONDS }, perHour: 3 },
  'address-confirm': { ticket: { as: 'link', seconds: CONFIRM_SECONDS }, perHour: 5 },
  'login-code': { ticket: { as: 'code', seconds: CODE_SECONDS }, perHour: 10 },
  /** of a developer, who has an account of another kind or none yet; its row says the address */
  'developer-link': { ticket: { as: 'link', seconds: JOIN_SECONDS }, perHour: 5, reader: 'developer' },
  /** how often, is counted for each person (joining/find-person.ts) */
  'join-code': { ticket: { as: 'code', seconds: CODE_SECONDS }, reader: 'member' },
  /** in its place, to somebody who has a login already */
  'join-known': { reader: 'member' },
  /** the same two as text messages */
  'join-text': { ticket: { as: 'code', seconds: CODE_SECONDS }, reader: 'member', by: 'text' },
  'join-text-known': { reader: 'member', by: 'text' },
  'account-made': { notice: 'security' },
  /** the plan's staff, or the developer, did something with an application */
  'application-news': { perHour: 20, reader: 'developer' },
  'application-arrived': { perHour: 10, reader: 'staff' },
  'break-glass-used': {},
  'app-connected': { notice: 'appConnected' },
  'connection-ended': { notice: 'connectionEnded' },
  'relation-ended': { notice: 'connectionEnded' },
  /** the plan corrected whose the records are */
  'records-corrected': { notice: 'connectionEnded' },
  'consent-ends': { notice: 'consentEnds' },
  /** the time after the coverage, or after a death */
  'access-ends': { notice: 'consentEnds' },
  'password-changed': { notice: 'security' },
  'factor-changed': { notice: 'security' },
  'address-changed': { notice: 'security' },
} as const satisfies Record<string, KindOfMail>;

export type MailKind = keyof typeof MAIL_KINDS;

export const kindOfMail = (kind: MailKind): KindOfMail => MAIL_KINDS[kind];

/** Neither developers nor staff have a login of a member: the row names the mailbox. */
export const isForMailbox = (kind: MailKind): boolean =>
  ['developer', 'staff'].includes(kindOfMail(kind).reader ?? '');
