/** Access events of every kind, as the services record them. */
import type { AccessEvent } from '@patient-access/events';
import { accessEvent } from './world.ts';

const NOTHING_ASKED = {
  resource: undefined,
  request: undefined,
  type: undefined,
  counts: undefined,
  bodyHash: undefined,
};
const NO_PERSON = { user: undefined, grantId: undefined, member: undefined };
const AUTH = { ...NOTHING_ASKED, service: 'auth-service' };
const ADMINISTRATOR = { iss: 'urn:payer-patient-access:administration', sub: 'ada' };

const SEARCH = {
  action: 'search-type',
  resource: undefined,
  request: 'GET Claim?status=active&identifier=a|b',
  type: 'Claim',
  counts: { Claim: 3, Provenance: 3 },
};

/** One event of each kind, by a name for what happened. */
export const EVENTS: Readonly<Record<string, Partial<AccessEvent>>> = {
  read: {},
  vread: { action: 'vread' },
  history: { ...SEARCH, action: 'history-instance', request: 'GET Claim/7/_history', counts: { Claim: 2 } },
  search: SEARCH,
  'read of a backend service': NO_PERSON,
  'read of a delegate': {
    user: {
      iss: 'https://plan.example/auth/northwind/oauth2/v1',
      sub: 'login-2',
      fhirUser: 'RelatedPerson/9',
    },
  },
  'search of a backend service': { ...SEARCH, ...NO_PERSON },
  'refused read': {
    ...NOTHING_ASKED,
    request: 'GET ExplanationOfBenefit/of-ben',
    outcome: '4',
    reason: 'not-found',
  },
  'refused search': {
    ...SEARCH,
    counts: undefined,
    bodyHash: undefined,
    outcome: '4',
    reason: 'scope-insufficient',
  },
  'failed read': { ...NOTHING_ASKED, request: 'GET Claim/7', outcome: '12', reason: 'transient' },
  login: {
    ...AUTH,
    kind: 'login',
    action: 'login',
    method: 'password',
    grantId: undefined,
    token: undefined,
  },
  'failed login': {
    ...AUTH,
    ...NO_PERSON,
    kind: 'login',
    action: 'login',
    method: 'password',
    token: undefined,
    outcome: '4',
    reason: 'wrong-password',
  },
  'consent given': {
    ...AUTH,
    kind: 'consent',
    action: 'grant',
    until: '2027-11-25T10:00:00.000Z',
    sensitive: ['mental-health'],
  },
  'consent changed': { ...AUTH, kind: 'consent', action: 'change', until: '2027-11-25T10:00:00.000Z' },
  'consent refused': { ...AUTH, kind: 'consent', action: 'deny', grantId: undefined },
  'consent revoked by the member': {
    ...AUTH,
    kind: 'consent',
    action: 'revoke',
    by: 'member',
    reason: 'member',
  },
  'consent revoked by the plan': {
    ...AUTH,
    kind: 'consent',
    action: 'revoke',
    by: 'plan',
    reason: 'plan',
    user: undefined,
  },
  'token issued': { ...AUTH, kind: 'token', action: 'issue' },
  'token used twice': { ...AUTH, kind: 'token', action: 'reuse', outcome: '8', reason: 'already-used' },
  'launch opened': { ...AUTH, kind: 'launch', action: 'open', user: undefined, token: undefined },
  'authorization refused': {
    ...AUTH,
    ...NO_PERSON,
    kind: 'authorization',
    action: 'refuse',
    outcome: '8',
    reason: 'redirect-uri',
  },
  'act of the plan': {
    ...AUTH,
    ...NO_PERSON,
    kind: 'administration',
    action: 'client-ban',
    user: ADMINISTRATOR,
    token: undefined,
  },
  'act of a client': {
    ...AUTH,
    ...NO_PERSON,
    kind: 'administration',
    action: 'client-register',
    token: undefined,
  },
  'reading of the trail': {
    ...SEARCH,
    service: 'audit-service',
    request: 'GET AuditEvent?date=2026-11-25',
    type: 'AuditEvent',
  },
  'second factor changed': {
    ...AUTH,
    kind: 'login',
    action: 'totp-off',
    method: 'totp',
    grantId: undefined,
    token: undefined,
  },
  import: {
    ...AUTH,
    ...NO_PERSON,
    service: 'claims-service',
    kind: 'ingest',
    action: 'import',
    client: undefined,
    token: undefined,
    scope: undefined,
    address: undefined,
    user: ADMINISTRATOR,
    counts: { Claim: 3, Coverage: 1 },
  },
  'hold on the trail': {
    ...AUTH,
    ...NO_PERSON,
    service: 'audit-service',
    kind: 'trail',
    action: 'hold-set',
    client: undefined,
    token: undefined,
    scope: undefined,
    address: undefined,
    user: ADMINISTRATOR,
    request: 'hold 1 of Patient/anna',
  },
  'message under another key': {
    ...AUTH,
    ...NO_PERSON,
    service: 'audit-service',
    kind: 'trail',
    action: 'misdirected',
    client: undefined,
    token: undefined,
    scope: undefined,
    address: undefined,
    outcome: '8',
    reason: 'other-key',
    request: 'message 7 of claims-service/1',
  },
  'denied attempts': {
    ...AUTH,
    ...NO_PERSON,
    kind: 'denied-attempts',
    action: 'deny',
    client: undefined,
    token: undefined,
    outcome: '4',
    reason: 'token-missing',
    count: 7,
  },
};

/** @returns one event of each kind */
export const eventsOfEveryKind = (change: Partial<AccessEvent> = {}): AccessEvent[] =>
  Object.values(EVENTS).map((kind) => accessEvent({ ...kind, ...change }));
