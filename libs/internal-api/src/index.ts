/** The HTTP calls between our services: one contract for both sides. */
export {
  APP_CALLS_PATH,
  type AppCall,
  AppCalls,
  AppCallsQuery,
  appCallsStatement,
  MAX_APP_CALLS,
} from './app-calls.ts';
export {
  ACCESS_EVENTS_PATH,
  AUDIT_CONSOLE_PAGES,
  AUDIT_CONSOLE_PATH,
  HELD_PLANS_HEADER,
  MEMBER_ACCESSES_PATH,
  type MemberAccess,
  MemberAccesses,
  MISSING_EVENTS_PATH,
  MissingEvents,
  type Period,
  QUESTION_SIGNATURE_HEADER,
  questionStatement,
  SIGNED_QUESTION_SECONDS,
  SequenceQuery,
} from './audit.ts';
export { IDLE_MS, REUSE } from './connections.ts';
export {
  DIRECTORY_PATH,
  DirectoryAnswer,
  DirectoryQuestion,
  MAX_DIRECTORY_IDS,
  MAX_DIRECTORY_PEOPLE,
  SURVIVORS_HEADER,
} from './directory.ts';
export {
  ATTEMPTS_PATH,
  AttemptReports,
  AUDITOR_SESSION_PATH,
  INTROSPECTION_PATH,
  IntrospectionRequest,
  issuerPath,
  jwksPath,
  MAX_RENEWALS,
  OriginQuery,
  ORIGINS_PATH,
  PROOF_USES_PATH,
  PUBLICATION_PATH,
  ProofUse,
  REFUSAL_RECORDED_HEADER,
  RenewalRequest,
  Renewals,
  RENEWALS_PATH,
  REPLICA_ID_HEADER,
  REPLICAS_EVENT,
  RequestsPerMinute,
  RevocationNotice,
  REVOCATIONS_PATH,
  PLAN_PATH,
  PlanDescription,
  SMART_CONFIGURATION_PATH,
} from './authorization-server.ts';
export { CONSENT_FACTS_PATH, MAX_CONSENT_FACTS_BYTES } from './coverage.ts';
export { type FeedFreshness, FRESHNESS_PATH, PlanFreshness } from './freshness.ts';
export { gatewayAuthorization } from './gateway-credential.ts';
export {
  bindingHeaders,
  CLIENT_ADDRESS_HEADER,
  isBoundTo,
  REQUEST_ID_HEADER,
  RESPONSE_SUBJECT_HEADER,
} from './headers.ts';
export { SCORECARD_PATH, Scorecard, ScorecardDays, ScorecardQuery, scorecardStatement } from './scorecard.ts';
export {
  LinkedIds,
  linkedPath,
  linkedRequest,
  LinkedSearch,
  LINKS_HEADER,
  LinksWanted,
  MAX_LINKED,
} from './linked.ts';
export {
  FOR_THE_GATEWAY,
  INCLUDES_HEADER,
  NO_ANSWER_HEADER,
  MAX_COMPLETED_BYTES,
  MAX_REFERENCE_DATA_ROUNDS,
  PART_PARAMETER,
  REFERENCE_DATA_PART,
  type ReferredResources,
  RELATED_PATH,
  relatedPath,
  relatedRound,
  ROOM_HEADER,
} from './owner.ts';
export { pathTo } from './path.ts';
export {
  DATABASE_MARKS_PATH,
  DatabaseMark,
  EndsQuery,
  endsStatement,
  HighestMark,
  markStatement,
  TRAIL_ENDS_PATH,
  type TrailEnd,
  TrailEnds,
} from './restore.ts';
export { isTimeZone } from './time-zone.ts';
