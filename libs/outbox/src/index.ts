export { type FactPublisher, openFactPublisher } from './fact-publisher.ts';
export { OutboxMetrics } from './metrics.ts';
export { type Outbox, openOutbox } from './outbox.ts';
