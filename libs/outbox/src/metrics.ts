import type { AccessEvent } from '@patient-access/events';
import type { Metrics } from '@patient-access/platform';
import type { Backpressure } from './backpressure.ts';
import type { Relay } from './relay.ts';

/**
 * Counts what is recorded, which is all that happens: reads, logins, consents, tokens, and refusals by their code.
 *
 * @returns a function for each event that is durable
 */
export function countEvents(metrics: Metrics): (event: AccessEvent) => void {
  const count = metrics.count('access_events_total', 'Events that were recorded for the audit trail.', [
    'kind',
    'action',
    'outcome',
    'reason',
  ]);
  return ({ kind, action, outcome, reason = '' }) => count({ kind, action, outcome, reason });
}

/**
 * Reports what an operator has to see of an outbox: how many rows wait, how long they wait, and what happens to them.
 */
export function reportOutbox(metrics: Metrics, backpressure: Backpressure, { moved }: Relay): void {
  metrics.gauge(
    'outbox_depth_rows',
    'Access events that the audit store has not confirmed.',
    () => backpressure.depth,
  );
  metrics.gauge('outbox_oldest_age_seconds', 'Age of the oldest of them.', () => backpressure.ageSeconds);
  metrics.gauge('outbox_full', '1 while member data is refused because too much waits.', () =>
    Number(backpressure.full),
  );
  metrics.counter(
    'outbox_published_total',
    'Deliveries of an event, repeated ones too.',
    () => moved.published,
  );
  metrics.counter('outbox_confirmed_total', 'Events that the audit store confirmed.', () => moved.confirmed);
  metrics.counter(
    'outbox_resent_total',
    'Events sent again: the store did not have them.',
    () => moved.resent,
  );
  metrics.counter('outbox_failures_total', 'Deliveries and questions that failed.', () => moved.failures);
}
