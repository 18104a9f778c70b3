export {
  AccessEvent,
  type ActOnRecords,
  audienceLabels,
  MAX_REQUEST_CHARACTERS,
  MAX_SCOPE_CHARACTERS,
  MAX_TEXT_CHARACTERS,
  MAX_TRAIL_PATIENTS,
  parseRecord,
  type RecordedEvent,
  eventOf,
  recordOf,
} from './access-event.ts';
export { MAX_ISSUER_CHARACTERS } from './arriving.ts';
export {
  AttemptCaller,
  AttemptReport,
  callerOfClaims,
  recordedText,
  eventOfAttempt,
  MAX_ATTEMPT_REQUEST_CHARACTERS,
  NO_PLAN,
  TOKEN_ENDS,
  type TokenEnd,
} from './attempt.ts';
export {
  type BatchRecord,
  batchText,
  type EventBatch,
  MISDIRECTED,
  openBatch,
  type OpenedBatch,
  type OpenedRecord,
  parseBatch,
  partitionKey,
  recordHash,
  type SequenceRange,
  signBatch,
  signBatches,
  statementOf,
  type UnsignedBatch,
} from './batch.ts';
export { ConsentFact, END_REASONS, type EndReason, openFact, signFact } from './consent-fact.ts';
export {
  type EventKeys,
  EventKeySetting,
  EventPublicKeysSetting,
  eventKeys,
  type EventSigner,
  eventSigner,
  isSignedBy,
  publicEventKey,
} from './event-keys.ts';
export { isSignedTogether } from './shared-signature.ts';
export { type DisclosedVersion, disclosedVersions, disclosedNames } from './disclosed-versions.ts';
export { beyondService } from './kinds-of-service.ts';
export { LANES, laneOf } from './lane.ts';
export { oneLine } from './one-line.ts';
export { CARD_LINK_CLIENT_ID, MEMBER_PAGES_CLIENT_ID, OWN_CLIENT_IDS } from './own-clients.ts';
export { EMPTY_BODY_HASH, isTransferable, type Transfer, transferOf } from './transfer.ts';
