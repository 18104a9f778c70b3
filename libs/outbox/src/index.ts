export { OutboxConfig } from './config.ts';
export { type Outbox, openOutbox } from './outbox.ts';
