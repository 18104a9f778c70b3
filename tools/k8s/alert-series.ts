/** Series of metrics for tests of the rules: ten minutes in which everything is well, and ten minutes afterwards. */
import { SERVICE_NAMES, SERVICES_WITH_DATABASE } from '@patient-access/topology';

/** Samples come every 10 s. The first ten minutes, and the ten minutes after it has broken. */
export const SAMPLES = 60;
export type Series = Record<string, string>;

export const steady = (value: number) => `${value}x${2 * SAMPLES}`;
/** `rate` requests for each sample. */
const growing = (rate: number) => `0+${rate}x${2 * SAMPLES}`;
export const stopsAt = (value: number) => `${value}x${SAMPLES} stale`;
export const grewUntil = (rate: number) => `0+${rate}x${SAMPLES} ${rate * SAMPLES}x${SAMPLES}`;
export const growsFrom = (rate: number) => `0x${SAMPLES} 0+${rate}x${SAMPLES}`;
/** One sample when it has broken, and none afterwards. */
export const oneOf = (value: number) => `0x${SAMPLES} ${value} stale`;
export const becomes = (before: number, after: number) => `${before}x${SAMPLES} ${after}x${SAMPLES}`;

export const buildInfo = (service: string, namespace = 'n') =>
  `patient_access_build_info{namespace="${namespace}",pod="${service}-1",service="${service}"}`;
export const ready = (service: string, check: string) =>
  `service_ready{namespace="n",pod="${service}-1",service="${service}",check="${check}"}`;
export const fhirRequests = (type: string, outcome: string) =>
  `fhir_requests_total{namespace="n",pod="g",interaction="read",resource_type="${type}",outcome="${outcome}"}`;
export const took = (part: string) => `fhir_request_duration_seconds_${part}`;
export const AGE = 'outbox_oldest_age_seconds{namespace="n",pod="claims-service-1"}';
const LAG = (service: string, of: string) => `${of}_consumer_lag_messages{namespace="n",pod="${service}-1"}`;
const AUDIT_LAG = LAG('audit-service', 'audit');
export const CONSENT_LAG = LAG('coverage-service', 'consent');
export const oauthRequests = (status: string) =>
  `http_server_request_duration_seconds_count{namespace="n",pod="a",service="auth-service",http_route="/auth/:tenant/oauth2/v1/*",http_request_method="POST",http_response_status_code="${status}"}`;
/** What services ask for all the time, and what needs no write. */
const OAUTH_KEYS =
  'http_server_request_duration_seconds_count{namespace="n",pod="a",service="auth-service",http_route="/auth/:tenant/oauth2/v1/*",http_request_method="GET",http_response_status_code="200"}';
export const UNHEARD = 'gateway_revocations_unheard_seconds{namespace="n",pod="g"}';

/** The same Prometheus watches another installation, in which all is well. It must not hide what breaks in the first. */
const BESIDE = SERVICE_NAMES.map((service) => buildInfo(service, 'beside'));

export const silence = (service: string) =>
  `${service.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}SaysNothing`;

export const WELL: Series = {
  ...Object.fromEntries(BESIDE.map((series) => [series, steady(1)])),
  ...Object.fromEntries(SERVICE_NAMES.map((service) => [buildInfo(service), steady(1)])),
  ...Object.fromEntries(SERVICES_WITH_DATABASE.map((service) => [ready(service, 'database'), steady(1)])),
  [fhirRequests('ExplanationOfBenefit', 'success')]: growing(100),
  [fhirRequests('ExplanationOfBenefit', 'refused')]: growing(20),
  [fhirRequests('Patient', 'success')]: growing(100),
  [took('bucket{namespace="n",le="1"}')]: growing(220),
  [took('count{namespace="n"}')]: growing(220),
  [AGE]: steady(2),
  [UNHEARD]: steady(0),
  [AUDIT_LAG]: steady(0),
  [CONSENT_LAG]: steady(0),
  [oauthRequests('200')]: growing(20),
  [oauthRequests('400')]: growing(5),
  [OAUTH_KEYS]: growing(100),
};
