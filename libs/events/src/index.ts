export {
  ACCESS_EVENT_DEAD_LETTER_TOPIC,
  ACCESS_EVENT_TOPIC,
  AccessEvent,
  audienceLabels,
  MAX_SCOPE_CHARACTERS,
  MAX_TEXT_CHARACTERS,
  parseAccessEvent,
  partitionKey,
} from './access-event.ts';
export { CONSENT_TOPIC, ConsentFact, openFact, signFact } from './consent-fact.ts';
export { EMPTY_BODY_HASH, isTransferable, type Transfer, transferOf } from './transfer.ts';
export {
  messageLine,
  MISDIRECTED,
  openMessage,
  parseMessageLine,
  type SequenceRange,
  type SignedMessage,
  signMessage,
} from './signed-message.ts';
