import type { Metrics } from '@patient-access/platform';
import type { MailWorker } from './mail-worker.ts';

/** What an operator has to see of mails: how many wait, how long, and what becomes of them. */
export function reportMails(metrics: Metrics, worker: MailWorker): void {
  const { counts } = worker;
  metrics.gauge(
    'mail_waiting_rows',
    'Mails that are still to be sent.',
    async () => (await worker.waiting()).rows,
  );
  metrics.gauge(
    'mail_oldest_age_seconds',
    'Age of the oldest of them.',
    async () => (await worker.waiting()).seconds,
  );
  metrics.counter('mail_sent_total', 'Mails that the mail server took.', () => counts.sent);
  metrics.counter('mail_retries_total', 'Attempts that failed and are repeated.', () => counts.retries);
  metrics.counter('mail_failed_total', 'Mails that were refused, or given up.', () => counts.failed);
  metrics.counter(
    'mail_dropped_total',
    'Mails without anything to send: no address, too many, or a notice that the plan does not send.',
    () => counts.dropped,
  );
}
