import type { AuditStore } from './audit-store.ts';
import type { HeldPlans, Publisher } from './publisher.ts';

/**
 * Publishes to audit-service directly over HTTP: the default on one machine, where no broker runs.
 *
 * @param onHeld is told each time that events of plans were not taken
 */
export function httpPublisher(
  store: AuditStore,
  onHeld: (plans: HeldPlans) => void = () => undefined,
): Publisher {
  return {
    async publish(batches) {
      const held = await store.deliver(batches);
      if (held.size > 0) onHeld(held);
      return { by: 'store', held };
    },
    close: () => Promise.resolve(),
  };
}
