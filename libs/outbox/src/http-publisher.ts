import type { AuditStore } from './audit-store.ts';
import type { Publisher } from './publisher.ts';

/** Publishes to audit-service directly over HTTP: the default on one machine, where no broker runs. */
export function httpPublisher(store: AuditStore): Publisher {
  return {
    async publish(batches) {
      await store.deliver(batches);
      return 'stored';
    },
    close: () => Promise.resolve(),
  };
}
