/** Sends one mail of the outbox, in the transaction that keeps its row locked. */
import { recordStatement } from '@patient-access/outbox/record';
import type { PoolClient } from 'pg';
import { type Account, fhirUserOf } from '../accounts/accounts.ts';
import { newAccessEvent, SEEN_BY_NO_APP } from '../audit/access-event.ts';
import { type MailSettings } from '../tenant/mail-settings.ts';
import { TenantSettings } from '../tenant/settings.ts';
import { developerPath, memberPath, recoveryPath, tenantUrls } from '../urls.ts';
import { isForMailbox, kindOfMail, type MailKind } from './mail-kinds.ts';
import { openAbout } from './mail-queue.ts';
import { endMail, type MailRow, retryMail } from './mail-row.ts';
import { findRecipient, type Recipient } from './recipient.ts';
import { codeOf, codeTicketIds, insertTicket, linkTicketId, linkTokenOf } from './tickets.ts';
import { MailRefused, type MailTransport, type TextTransport } from './transport.ts';
import { writeMail } from './write-mail.ts';
import type { Keys } from '../keys/secrets.ts';

export interface Mailing {
  transport: MailTransport;
  texts: TextTransport;
  /** scheme and host of the links */
  publicUrl: string;
  /** scheme and host of the links for developers; undefined where there are none */
  developersUrl?: string;
  /** of what mails say: see tickets.ts */
  key: Keys;
  /** of what is kept about people who make accounts: see joining/joined.ts */
  joiningKey: Keys;
}

/** What became of a row. */
export type MailResult = 'sent' | 'failed' | 'dropped' | { retry: unknown };

/** The page that a notice leads to. */
const PAGE: Partial<Record<MailKind, string>> = {
  'break-glass-used': 'console',
  'password-changed': 'security',
  'factor-changed': 'security',
  'address-changed': 'security',
  'account-made': 'security',
};

function urlOf({ publicUrl, developersUrl = '', key }: Mailing, { kind, tenant, id }: MailRow): string {
  const token = linkTokenOf(key, id);
  if (kind === 'password-reset') return `${publicUrl}${recoveryPath(tenant)}/${token}`;
  if (kind === 'address-confirm') return `${publicUrl}${memberPath(tenant, 'email')}/${token}`;
  if (kind === 'developer-link') return `${developersUrl}${developerPath(tenant, 'join')}/${token}`;
  if (isForMailbox(kind)) return `${developersUrl}${developerPath(tenant)}`;
  return `${publicUrl}${memberPath(tenant, PAGE[kind] ?? 'apps')}`;
}

/** Each mail, sent or not, leaves an event; its request may have left one of its own. */
async function record(
  client: PoolClient,
  { publicUrl }: Mailing,
  row: MailRow,
  { account, member, reason }: { account?: Account; member?: string; reason?: string },
): Promise<void> {
  const { issuer, fhirBase } = tenantUrls(publicUrl, row.tenant);
  const context = {
    requestId: row.request_id ?? row.id,
    tenant: { id: row.tenant, issuer },
    ...(row.client_address !== null && { address: row.client_address }),
    sub: account?.sub,
    fhirUser: account && fhirUserOf(account, fhirBase),
  };
  const event = newAccessEvent(context, {
    kind: 'login',
    service: 'auth-service/mail',
    action: `mail-${row.kind}`,
    // It may be about a grant, and its row does not say what was released to that.
    ...SEEN_BY_NO_APP,
    member: account?.self ?? member,
    ...(reason === undefined ? { outcome: '0' } : { outcome: '4', reason }),
  });
  await client.query(recordStatement([event]));
}

async function storeTicket(
  client: PoolClient,
  { key }: Mailing,
  row: MailRow,
  { sub, address, ...recipient }: Recipient,
): Promise<void> {
  const { ticket } = kindOfMail(row.kind);
  if (!ticket || recipient.instead) return;
  const { tenant, kind: purpose, id, about } = row;
  const ofRow = about && ticket.as === 'code' && recipient.binding === undefined;
  const binding = ofRow ? openAbout(key, tenant, about) : (recipient.binding ?? '');
  const ticketId =
    ticket.as === 'link'
      ? linkTicketId(linkTokenOf(key, id))
      : codeTicketIds(key, sub, binding, codeOf(key, id))[0];
  await insertTicket(client, { tenant, id: ticketId, purpose, sub, address, seconds: ticket.seconds });
}

async function handOver(
  client: PoolClient,
  mailing: Mailing,
  row: MailRow,
  recipient: Recipient,
  settings: SenderSettings,
): Promise<void> {
  const { id, kind, plan, created_at: date } = row;
  const { ticket } = kindOfMail(kind);
  const minutes = Math.round((ticket?.seconds ?? 0) / 60);
  const code = ticket?.as === 'code' ? codeOf(mailing.key, id) : '';
  const facts = { url: urlOf(mailing, row), code, minutes };
  const { instead, account, member } = recipient;
  const words = writeMail(instead?.kind ?? kind, { plan, language: recipient.language, facts });
  await storeTicket(client, mailing, row, recipient);
  await record(client, mailing, row, { account, member, reason: instead?.reason });
  const to = recipient.address;
  if ('from' in settings) {
    const from = { name: plan, address: settings.from };
    return mailing.transport.send({ id, date, from, to, ...words });
  }
  const { issuer } = tenantUrls(mailing.publicUrl, row.tenant);
  const { text, language } = words;
  await mailing.texts.send({ id, tenant: row.tenant, issuer, to, text: text.trim(), language, ...settings });
}

/** What the plan has set for the way by which a row goes. */
type SenderSettings = MailSettings | { url: string; loopback: boolean };

/** @returns the plan's settings, if the mail is one that it sends */
function settingsFor({ kind, settings, plan_kind: planKind }: MailRow): SenderSettings | undefined {
  const { mail, join, loopbackKeySets } = TenantSettings.parse(settings);
  const { notice, by } = kindOfMail(kind);
  // Only where a developer's machine has everything, the endpoint may be on it.
  const loopback = planKind === 'preview' && loopbackKeySets;
  if (by === 'text') return join?.text && { ...join.text, loopback };
  return mail && (notice === undefined || mail.notices[notice]) ? mail : undefined;
}

async function end(client: PoolClient, row: MailRow, outcome: 'sent' | 'failed' | 'dropped', sub?: string) {
  await endMail(client, row.id, outcome, sub);
  return outcome;
}

/**
 * Sends the mail of a row that is locked. Ticket and event are stored with the row's end. If the process dies after the
 * server has taken the mail and before the commit, the mail is sent again, with the same link and the same Message-ID.
 *
 * Whatever fails is tried again later, until it is too late: a row that stayed due would be taken again at once, before
 * all others.
 */
export async function sendMail(client: PoolClient, mailing: Mailing, row: MailRow): Promise<MailResult> {
  let found: Pick<Recipient, 'account' | 'member'> = {};
  let reason = 'too-late';
  // Before the person is looked up: a code that was not sent is not counted.
  await client.query('SAVEPOINT sending');
  try {
    const settings = settingsFor(row);
    if (!settings) return await end(client, row, 'dropped');
    const recipient = await findRecipient(client, row, mailing);
    found = recipient;
    if ('reason' in recipient) {
      await record(client, mailing, row, recipient);
      return await end(client, row, 'dropped', recipient.account?.sub);
    }
    if (!row.late) {
      await handOver(client, mailing, row, recipient, settings);
      return await end(client, row, 'sent', recipient.account?.sub);
    }
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT sending');
    if (error instanceof MailRefused) reason = 'mail-refused';
    else if (!row.late) {
      await retryMail(client, row.id);
      return { retry: error };
    }
  }
  const { account, member } = found;
  await record(client, mailing, row, { account, member, reason });
  return end(client, row, 'failed', account?.sub);
}
