/**
 * Sends what is in the outbox of mails. A row is locked while its mail is sent, and ended in the same transaction: two
 * replicas never send one mail at the same time, and a killed one leaves the row to the others.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LastingFault, Pace } from '@patient-access/concurrency';
import { inTransactionOnce, type Pool } from '@patient-access/database';
import type { Logger } from '@patient-access/platform';
import { isMailDue, takeNextMail, waitingMails } from './mail-row.ts';
import { queueReminders } from './reminders.ts';
import { type Mailing, sendMail } from './send-mail.ts';

/** Each holds a connection to the database while its mail is sent. */
const SENDERS = 2;
/** Senders, and one for reminders and metrics. */
export const MAIL_CONNECTIONS = SENDERS + 1;
const QUICK_MS = 500;
/** While nothing happens: what is due then is a mail that could not be sent before. */
const QUIET_MS = 5_000;
const REMINDERS_MS = 60_000;

/** An error of a mail server may quote the address: its code cannot. */
const codeOfError = (error: unknown): string => {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return String(responseCode ?? code ?? (error as Error).name);
};

export class MailWorker {
  /** since the start of the process */
  readonly counts = { sent: 0, failed: 0, dropped: 0, retries: 0 };
  private readonly pool: Pool;
  private readonly mailing: Mailing;
  private readonly logger: Logger;
  private readonly fault: LastingFault;
  private readonly stopping = new AbortController();
  private readonly paces = Array.from({ length: SENDERS }, () => new Pace(QUICK_MS, QUIET_MS));
  private readonly running: Promise<unknown>;

  /** @param pool of its own, with {@link MAIL_CONNECTIONS}: requests do not wait for a mail server */
  constructor(pool: Pool, mailing: Mailing, logger: Logger) {
    this.pool = pool;
    this.mailing = mailing;
    this.logger = logger;
    this.fault = new LastingFault((fields) => logger.warn(fields, 'mails wait'));
    this.running = Promise.all([...this.paces.map((pace) => this.send(pace)), this.remind()]);
  }

  /** @returns how many mails wait, and the age of the oldest in seconds */
  waiting(): Promise<{ rows: number; seconds: number }> {
    return waitingMails(this.pool);
  }

  /** A mail may be due now. */
  wake(): void {
    for (const pace of this.paces) pace.quicken();
  }

  /** Ends after the mails that are under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const pace of this.paces) pace.stop();
    await this.running;
    this.mailing.transport.close();
    await this.pool.end();
  }

  private async send(pace: Pace): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const isDue = await this.tried(() => isMailDue(this.pool));
      while (isDue && !signal.aborted && (await this.tried(() => this.sendNext())));
      await pace.rest(isDue === true);
    }
  }

  private async remind(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.tried(() => queueReminders(this.pool));
      await delay(REMINDERS_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns undefined when it failed, which is logged */
  private async tried<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.fault.tell({ code: codeOfError(error) });
      return undefined;
    }
  }

  private async sendNext(): Promise<boolean> {
    const sent = await inTransactionOnce(this.pool, async (client) => {
      const row = await takeNextMail(client);
      return row && { row, result: await sendMail(client, this.mailing, row) };
    });
    if (!sent) return false;
    const { row, result } = sent;
    if (typeof result === 'string') this.counts[result] += 1;
    else {
      this.counts.retries += 1;
      const { kind, tenant, attempts } = row;
      this.logger.warn({ kind, tenant, attempts, code: codeOfError(result.retry) }, 'a mail was not sent');
    }
    return true;
  }
}
