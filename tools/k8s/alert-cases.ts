/** Alerts that go by one metric: what has broken, the metric as it becomes, and who is called within ten minutes. */
import {
  becomes,
  CONSENT_LAG,
  grewUntil,
  growsFrom,
  oauthRequests,
  oneOf,
  type Series,
  stopsAt,
} from './alert-series.ts';

const DAYS = 86_400;

const becoming = (metric: string, labels: string, before: number, after: number): Series => ({
  [`${metric}{namespace="n",${labels}}`]: becomes(before, after),
});
const AUDIT = 'pod="audit-service-1"';
const AUTH = 'pod="auth-service-1"';
const certificate = (what: string, before: number, after: number) =>
  becoming(`service_certificate_${what}`, `service="auth-service",${AUTH}`, before, after);

export const METRIC_CASES: [string, Series, string[]][] = [
  [
    'more messages wait than audit-service takes in, as each of its replicas sees',
    {
      ...becoming('audit_consumer_lag_messages', AUDIT, 0, 6_000),
      ...becoming('audit_consumer_lag_messages', 'pod="audit-service-2"', 0, 6_001),
    },
    ['AuditConsumerLags'],
  ],
  [
    'coverage-service stores no consents',
    becoming('consent_consumer_lag_messages', 'pod="coverage-service-1"', 0, 1),
    ['ConsentsAreNotStored'],
  ],
  ['coverage-service may not read with its group', { [CONSENT_LAG]: stopsAt(0) }, ['ConsentsAreNotCounted']],
  [
    'nobody gets a token, because auth-service cannot write',
    { [oauthRequests('200')]: grewUntil(20), [oauthRequests('503')]: growsFrom(20) },
    ['LoginsAndTokensFail'],
  ],
  ['one of ten tokens fails', { [oauthRequests('503')]: growsFrom(2.5) }, []],
  [
    'auth-service publishes no consents',
    becoming('consent_oldest_age_seconds', AUTH, 0, 400),
    ['ConsentsAreNotPublished'],
  ],
  [
    'a stored consent cannot be read',
    { [`consent_unreadable_total{namespace="n",${AUTH}}`]: becomes(0, 1) },
    ['ConsentsCannotBeRead'],
  ],
  [
    'a database takes no writes',
    becoming('outbox_read_only', 'pod="claims-service-1",service="claims-service"', 0, 1),
    ['DatabaseTakesNoWrites'],
  ],
  ['an outbox is full', becoming('outbox_full', 'pod="claims-service-1"', 0, 1), ['OutboxIsFull']],
  [
    'an event came under the key of another',
    becoming('audit_misdirected_messages', AUDIT, 0, 1),
    ['AuditMessageMisdirected'],
  ],
  [
    'somebody logs in with a break-glass login',
    becoming('auth_break_glass_logins_total', AUTH, 0, 1),
    ['BreakGlassLoginUsed'],
  ],
  [
    'a chain is not what was appended',
    becoming('audit_chain_broken', `${AUDIT},tenant="north"`, 0, 1),
    ['AuditChainBroken'],
  ],
  [
    'audit-service signs no checkpoints',
    becoming('audit_work_failing_seconds', `${AUDIT},work="checkpoints"`, 0, 960),
    ['AuditWorkFails'],
  ],
  [
    'numbers of a producer are missing',
    becoming('audit_missing_events', `${AUDIT},producer="claims-service/1"`, 0, 3),
    ['AuditEventsAreMissing'],
  ],
  [
    'a process misses what it recorded under its former name',
    becoming('outbox_lost_events', 'pod="claims-service-1"', 0, 3),
    ['AccessEventsAreLost'],
  ],
  [
    'a process said once what it misses, and was started again',
    { 'outbox_lost_events{namespace="n",pod="claims-service-1"}': oneOf(3) },
    ['AccessEventsAreLost'],
  ],
  ['a message is no event', becoming('audit_dead_letters', AUDIT, 0, 1), ['AuditDeadLetters']],
  [
    'a restore has lost records',
    becoming('audit_records_lost', `${AUDIT},tenant="north"`, 0, 7),
    ['AuditRecordsLost'],
  ],
  ['mails wait', becoming('mail_oldest_age_seconds', AUTH, 0, 1_000), ['MailsAreNotSent']],
  ['mails are refused', { [`mail_failed_total{namespace="n",${AUTH}}`]: growsFrom(1) }, ['MailsAreRefused']],
  [
    'the database of auth is an older one',
    becoming('auth_database_older', AUTH, 0, 1),
    ['AuthDatabaseIsOlder'],
  ],
  [
    'nobody says whether the database of auth is the newest',
    becoming('auth_database_unconfirmed', AUTH, 0, 1),
    ['AuthDatabaseUnconfirmed'],
  ],
  [
    'grants are over and nobody ends them',
    becoming('auth_grants_over', AUTH, 0, 2),
    ['GrantsAreOverAndNotEnded'],
  ],
  [
    'a further database is away',
    becoming('further_database_open', 'service="claims-service",pod="c",database="large"', 1, 0),
    ['FurtherDatabaseAway'],
  ],
  [
    'a certificate was not renewed',
    certificate('expires_seconds', 60 * DAYS, 13 * DAYS),
    ['ServiceCertificateExpires'],
  ],
  [
    'a certificate is nearly over',
    certificate('expires_seconds', 60 * DAYS, 1.9 * DAYS),
    ['ServiceCertificateEndsSoon', 'ServiceCertificateExpires'],
  ],
  ['files of a certificate do not fit', certificate('fits', 1, 0), ['ServiceCertificateDoesNotFit']],
];
