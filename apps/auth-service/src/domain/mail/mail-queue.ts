/** Puts mails that a person asked for into the outbox of mails. Notices get there by triggers of the database. */
import type { Pool } from '@patient-access/database';
import type { Claimed } from '../joining/plan-person.ts';
import type { Language } from '../pages/language.ts';
import { type Keys, seal, unseal } from '../keys/secrets.ts';
import { codeTicketIds, mailKey, useTicket } from './tickets.ts';

/** The request that asks for a mail: for its access event, and for the language of the mail. */
export interface MailRequest {
  requestId: string;
  /** network address of the client */
  address: string;
  language: Language;
}

/** By e-mail, and as a text message. */
export type JoinCodeKind = 'join-code' | 'join-text';

/** Who wants to make an account, and on which login page. */
export interface AskedToJoin extends Claimed {
  /** UUID: what the code belongs to */
  attempt: string;
  /** the uid of the interaction: the code is good there alone */
  page: string;
}

const QUEUE = {
  name: 'mail-queue',
  text: `INSERT INTO mail (tenant, kind, fact, sub, address, about, request_id, client_address, language, give_up_at)
         VALUES ($1, $2, $2::text || '/' || gen_random_uuid(), $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))`,
};
const HAS_ADDRESS = {
  name: 'account-has-address',
  text: `SELECT 1 FROM account WHERE tenant = $1 AND sub = $2 AND email IS NOT NULL`,
};

/** The second press of a button comes so soon after the first one. A mail that was sent has its address in its ticket alone. */
const HAS_JUST_ASKED = {
  name: 'mail-just-asked',
  text: `SELECT 1 FROM mail m
          WHERE tenant = $1 AND sub = $2 AND kind = 'address-confirm' AND created_at > now() - interval '1 minute'
            AND (address = $3 OR EXISTS (SELECT FROM mail_ticket t
                                          WHERE t.tenant = m.tenant AND t.sub = m.sub AND t.purpose = m.kind AND t.address = $3))
          LIMIT 1`,
};

/** A trigger tells the address that is gone, in the transaction that takes it away. */
const HAS_JUST_LOST_ADDRESS = {
  name: 'mail-just-lost-address',
  text: `SELECT 1 FROM mail m JOIN account a ON a.tenant = m.tenant AND a.sub = m.sub
          WHERE m.tenant = $1 AND m.sub = $2 AND m.kind = 'address-changed' AND m.created_at > now() - interval '1 minute'
            AND a.email IS NULL LIMIT 1`,
};

/** After that the person has given up waiting. */
const GIVE_UP_SECONDS = {
  'password-reset': 30 * 60,
  'address-confirm': 60 * 60,
  'login-code': 10 * 60,
  'developer-link': 60 * 60,
  'join-code': 10 * 60,
  'join-text': 10 * 60,
  'break-glass-used': 3 * 24 * 60 * 60,
};

/** Of a network address no more is stored than an access event takes. */
const MAX_ADDRESS_CHARACTERS = 64;

const aboutContext = (tenant: string): string => `${tenant}/mail`;

/** @returns what {@link MailQueue} sealed */
export const openAbout = (key: Keys, tenant: string, about: Buffer): string =>
  unseal(key, aboutContext(tenant), about);

export class MailQueue {
  private readonly pool: Pool;
  private readonly tenant: string;
  private readonly key: Keys;

  /** @param masters KEY_ENCRYPTION_KEY */
  constructor(pool: Pool, masters: Keys, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
    this.key = mailKey(masters);
  }

  /**
   * Asks for a link to choose a new password. It does the same whether there is such a login or not: who it is is looked
   * up when the mail is sent (security case O43).
   *
   * @param typed a user name or an e-mail address
   */
  async requestReset(typed: string, request: MailRequest): Promise<void> {
    await this.queue('password-reset', request, { about: typed });
  }

  /** Asks for a link that confirms a new address of a login. */
  async requestConfirmation(sub: string, address: string, request: MailRequest): Promise<void> {
    await this.queue('address-confirm', request, { sub, address });
  }

  /** @returns whether {@link requestConfirmation} was asked for the same a moment ago */
  async hasJustAsked(sub: string, address: string): Promise<boolean> {
    const values = [this.tenant, sub, address];
    return (await this.pool.query({ ...HAS_JUST_ASKED, values })).rowCount === 1;
  }

  /** @returns whether the login has no address any more, since a moment ago */
  async hasJustLostAddress(sub: string): Promise<boolean> {
    const values = [this.tenant, sub];
    return (await this.pool.query({ ...HAS_JUST_LOST_ADDRESS, values })).rowCount === 1;
  }

  /**
   * Asks for the link with which a developer makes an account, or chooses a new password. The mail is the same for both,
   * so nobody learns which addresses have an account.
   *
   * @param mailbox by which mails to one address are counted
   */
  async requestDeveloperLink(mailbox: string, address: string, request: MailRequest): Promise<void> {
    await this.queue('developer-link', request, { sub: mailbox, address });
  }

  /**
   * Asks for a code for somebody who wants to make an account. It does the same whether the plan knows such a person or
   * not: who it is is looked up when the mail is sent.
   */
  async requestJoinCode(kind: JoinCodeKind, asked: AskedToJoin, request: MailRequest): Promise<void> {
    await this.queue(kind, request, { about: JSON.stringify(asked) });
  }

  /** Tells the plan that a break-glass login was used. @param address of the plan's settings */
  async requestAlarm(sub: string, address: string, request: MailRequest): Promise<void> {
    await this.queue('break-glass-used', request, { sub, address });
  }

  /** @returns whether the login has a confirmed address */
  async hasAddress(sub: string): Promise<boolean> {
    const { rowCount } = await this.pool.query({ ...HAS_ADDRESS, values: [this.tenant, sub] });
    return rowCount === 1;
  }

  /**
   * Sends a code to the confirmed address of a login whose password was right. The caller has to limit how often, and to
   * see that the plan sends mails at all (`settings.mail`).
   *
   * @param binding the page that the code is good for, as the uid of the interaction
   * @returns false when the login has no confirmed address: then nothing is sent
   */
  async requestLoginCode(sub: string, binding: string, request: MailRequest): Promise<boolean> {
    if (!(await this.hasAddress(sub))) return false;
    await this.queue('login-code', request, { sub, about: binding });
    return true;
  }

  /**
   * Uses up a code of {@link requestLoginCode} or {@link requestJoinCode}. The caller has to limit the attempts.
   *
   * @param sub of the login, or the attempt to make an account
   * @param typed as people type it: with spaces or dashes
   * @returns whether it is right
   */
  async useCode(
    kind: 'login-code' | JoinCodeKind,
    sub: string,
    binding: string,
    typed: string,
  ): Promise<boolean> {
    for (const id of codeTicketIds(this.key, sub, binding, typed.replace(/\D/g, '')))
      if (await useTicket(this.pool, [this.tenant, id, kind])) return true;
    return false;
  }

  private async queue(
    kind: keyof typeof GIVE_UP_SECONDS,
    { requestId, address: client, language }: MailRequest,
    { sub, address, about }: { sub?: string; address?: string; about?: string },
  ): Promise<void> {
    const sealed = about === undefined ? null : seal(this.key, aboutContext(this.tenant), about);
    const whose = [sub ?? null, address ?? null, sealed];
    const from = [requestId, client.slice(0, MAX_ADDRESS_CHARACTERS), language];
    const values = [this.tenant, kind, ...whose, ...from, GIVE_UP_SECONDS[kind]];
    await this.pool.query({ ...QUEUE, values });
  }
}
