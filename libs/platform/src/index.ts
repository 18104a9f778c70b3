export {
  type Attempt,
  attemptOf,
  type KnownCaller,
  noteCode,
  noteReason,
  noteRecorded,
} from './attempts/attempt.ts';
export { AttemptCounter, type Unrecorded } from './attempts/attempt-counter.ts';
export { ATTEMPT_RULES, type AttemptRules } from './attempts/attempt-rules.ts';
export { acceptsGzip, sendCompressed } from './compression.ts';
export { isForPerson, missingPage, takesHtml } from './error-page.ts';
export { ExpiringCache } from './expiring-cache.ts';
export { OutcomeFilter, outcomeAnswer, sendOutcome } from './outcome.filter.ts';
export { MAX_URL_CHARACTERS } from './unparsed-request.ts';
export { HealthController, READINESS, type Readiness } from './health.ts';
export { matchesEtag } from './matches-etag.ts';
export { METRICS, Metrics } from './metrics/metrics.ts';
export { createLogger, type Logger } from './logging.ts';
export { AuthenticatedBy, denyByDefault, isPublic, Public } from './guard.ts';
export { isPreflight } from './preflight.ts';
export { RequestStrategy } from './request-strategy.ts';
export { PROXIES_ARE_MISSING, saysProxies, TrustedProxies } from './trusted-proxies.ts';
export type { RequestTracing } from './tracing/trace-requests.ts';
export { createService, runService, type ServiceDefinition, UNUSED_MS } from './service.ts';
