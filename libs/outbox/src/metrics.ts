import type { AccessEvent } from '@patient-access/events';
import type { Metrics } from '@patient-access/platform';
import type { Backpressure } from './backpressure.ts';
import type { Moved } from './delivery.ts';

interface Shown {
  backpressure: Backpressure;
  moved: Moved;
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/**
 * Shows what an operator has to see of the outboxes of a process, all of them together: it has one in each of its databases.
 */
export class OutboxMetrics {
  private readonly metrics: Metrics;
  private readonly shown: Shown[] = [];
  /**
   * Counts an event that is durable. That is all that happens: reads, logins, consents, tokens, and refusals by their code.
   */
  readonly count: (event: AccessEvent) => void;

  constructor(metrics: Metrics) {
    this.metrics = metrics;
    const count = metrics.count('access_events_total', 'Events that were recorded for the audit trail.', [
      'kind',
      'action',
      'outcome',
      'reason',
    ]);
    this.count = ({ kind, action, outcome, reason = '' }) => count({ kind, action, outcome, reason });
    this.showWaiting();
    this.showMoved();
  }

  /** @param pool as it is called among the pools of connections */
  add(shown: Shown, pool: string, connections: Parameters<Metrics['pool']>[1]): void {
    this.shown.push(shown);
    this.metrics.pool(pool, connections);
  }

  /** How many rows wait, and how long they wait. */
  private showWaiting(): void {
    const { metrics, shown } = this;
    const each = (read: (backpressure: Backpressure) => number) =>
      shown.map(({ backpressure }) => read(backpressure));
    metrics.gauge('outbox_depth_rows', 'Access events that the audit store has not confirmed.', () =>
      sum(each(({ depth }) => depth)),
    );
    metrics.gauge('outbox_oldest_age_seconds', 'Age of the oldest of them.', () =>
      Math.max(0, ...each(({ ageSeconds }) => ageSeconds)),
    );
    metrics.gauge('outbox_full', '1 while member data is refused because too much waits.', () =>
      Math.max(0, ...each(({ full }) => Number(full))),
    );
    metrics.gauge(
      'outbox_read_only',
      '1 while a database takes no writes, so that nothing is disclosed.',
      () => Math.max(0, ...each(({ readOnly }) => Number(readOnly))),
    );
  }

  /** What happens to them. */
  private showMoved(): void {
    const of = (what: keyof Moved) => () => sum(this.shown.map(({ moved }) => moved[what]));
    const { metrics } = this;
    metrics.counter('outbox_published_total', 'Deliveries of an event, repeated ones too.', of('published'));
    metrics.counter('outbox_confirmed_total', 'Events that the audit store confirmed.', of('confirmed'));
    metrics.counter('outbox_resent_total', 'Events sent again: the store did not have them.', of('resent'));
    metrics.counter('outbox_failures_total', 'Deliveries and questions that failed.', of('failures'));
    metrics.gauge(
      'outbox_lost_events',
      'Events from before an interruption that neither the outbox nor the audit store has.',
      of('lost'),
    );
  }
}
