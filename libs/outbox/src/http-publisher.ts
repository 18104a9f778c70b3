import { messageLine } from '@patient-access/events';
import type { AuditStore } from './audit-store.ts';
import type { Publisher } from './publisher.ts';

/** Publishes to audit-service directly over HTTP: the default on one machine, where no broker runs. */
export function httpPublisher(store: AuditStore): Publisher {
  return {
    async publish(messages) {
      await store.deliver(messages.map(messageLine));
      return 'stored';
    },
    close: () => Promise.resolve(),
  };
}
