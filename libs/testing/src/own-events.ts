import { type AccessEvent, beyondService, eventOf } from '@patient-access/events';

/**
 * Reads what a service has recorded.
 *
 * @param service whose outbox it comes from: `claims-service`
 * @param records as the outbox has them
 * @throws Error for an event that audit-service would not believe this service, and keep as a dead letter
 */
export function ownEvents(service: string, records: readonly string[]): AccessEvent[] {
  const events = records.map(eventOf);
  for (const event of events) {
    const why = beyondService(service, event);
    if (why !== undefined) throw new Error(`${event.kind} ${event.action}: ${why}`);
  }
  return events;
}
