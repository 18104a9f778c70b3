/** From an access event to the AuditEvent that says the same in FHIR (IHE BALP 1.1.4): made when somebody reads. */
import { hash } from 'node:crypto';
import { type AccessEvent, audienceLabels, type RecordedEvent } from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import { personReference } from '@patient-access/smart';
import * as codes from './codes.ts';

/** Prefix of our own extensions, for facts that BALP has no element for. */
const EXTENSION = 'urn:payer-patient-access:';
/** What was done to a consent, as a code of ours: a further subtype, where the profile allows none. */
const EVENT_EXTENSION = `${EXTENSION}event`;

const concept = (...coding: codes.AuditCoding[]) => ({ coding });
/** BALP knows reads and queries. A history or an operation is a query, with its raw request. */
const isQuery = ({ action }: AccessEvent) => action !== 'read' && action !== 'vread';

const sha256 = (text: string) => hash('sha256', text, 'hex');

/**
 * @returns the prefix that the ids of all events of one request share. It is the start of a SHA-256 of the tenant and the id of
 *   the request, written as the first 48 bits of a UUID
 */
export function idPrefixOf({ tenant, requestId }: Pick<AccessEvent, 'tenant' | 'requestId'>): string {
  const hex = sha256(`${tenant}\n${requestId}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}`;
}

/** Characters of {@link idPrefixOf}. The database cuts ids there, too (`trail.records_of_request`). */
export const ID_PREFIX_CHARACTERS = 13;

/**
 * One id for one number of a producer, so that the same event always has the same: a UUIDv8 (RFC 9562 section 5.8) that
 * begins with {@link idPrefixOf}, and tells nothing of producers and numbers.
 */
export function auditEventId(event: AccessEvent, producer: string, number: number): string {
  const hex = sha256(`${event.tenant}\n${producer}\n${number}`);
  return `${idPrefixOf(event)}-8${hex.slice(0, 3)}-a${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}

/** The service that records the reads of the trail. */
const TRAIL_SERVICE = 'audit-service';

type Classification = Record<'type', codes.AuditCoding> & { subtype: codes.AuditCoding[]; action: string };

/** The codes of each kind of event: standard codes, and our own where the standard codes are not precise enough. */
const CLASSIFY: Readonly<Record<AccessEvent['kind'], (event: RecordedEvent) => Classification>> = {
  rest: (event) => ({
    type: codes.REST,
    subtype: [
      codes.interaction(event.action),
      ...(isQuery(event) && event.action !== 'search-type' ? [codes.interaction('search')] : []),
      // A read of the trail is an event too.
      ...(event.service === TRAIL_SERVICE ? [codes.AUDIT_LOG_USED] : []),
    ],
    action: isQuery(event) ? 'E' : 'R',
  }),
  login: (event) => ({
    type: codes.AUTHENTICATION,
    subtype: [codes.LOGIN, codes.ownEventOf(event)],
    action: 'E',
  }),
  // The profile IHE.IUA.71 allows exactly one subtype, and is only for the issue of a token.
  token: (event) => ({
    type: codes.AUTHENTICATION,
    subtype: [event.action === 'issue' ? codes.TOKEN_ISSUE : codes.ownEventOf(event)],
    action: 'E',
  }),
  // The profile AuthZconsent allows subtypes of its own value set only: an extension says what was done.
  consent: () => ({ type: codes.SECURITY_ALERT, subtype: [codes.CONSENT], action: 'E' }),
  receipt: (event) => ({
    type: codes.APPLICATION_ACTIVITY,
    subtype: [codes.ownEventOf(event)],
    action: 'R',
  }),
  launch: (event) => ({
    type: codes.APPLICATION_ACTIVITY,
    subtype: [codes.LAUNCH, codes.ownEventOf(event)],
    action: 'E',
  }),
  authorization: () => ({ type: codes.SECURITY_ALERT, subtype: [codes.AUTHORIZATION_REFUSED], action: 'E' }),
  administration: ({ action }) => ({
    type: codes.SECURITY_ALERT,
    subtype: [codes.SECURITY_ATTRIBUTES_CHANGED, codes.ownEvent(action)],
    action: 'E',
  }),
  ingest: (event) => ({ ...codes.ofActOnRecords(event), subtype: [codes.ownEventOf(event)] }),
  trail: (event) => ({
    type:
      codes.LIFECYCLE[event.action] ??
      (event.outcome === '8' ? codes.SECURITY_ALERT : codes.APPLICATION_ACTIVITY),
    subtype: [codes.ownEventOf(event)],
    action: 'E',
  }),
  account: ({ action }) => ({
    type: codes.APPLICATION_ACTIVITY,
    subtype: [codes.ownEvent(action)],
    action: 'R',
  }),
  attempt: (event) => ({
    type: event.action === 'interrupt' ? codes.APPLICATION_ACTIVITY : codes.SECURITY_ALERT,
    subtype: [codes.ownEventOf(event)],
    action: 'E',
  }),
  'denied-attempts': () => ({ type: codes.SECURITY_ALERT, subtype: [codes.DENIED_ATTEMPTS], action: 'E' }),
  'published-reads': () => ({
    type: codes.APPLICATION_ACTIVITY,
    subtype: [codes.PUBLISHED_READS],
    action: 'R',
  }),
};

/**
 * The roles of the client and the server. BALP swaps source and destination between read and query: the client is the
 * destination of a read, and the source of a query. The client is also the application that used a token
 * (OAUTHaccessTokenUse.Comprehensive).
 */
function roles(event: AccessEvent): { client: codes.AuditCoding[]; server: codes.AuditCoding } {
  if (event.kind === 'consent') return { client: [codes.APPLICATION], server: codes.AUTHORIZER };
  if (event.kind !== 'rest') return { client: [codes.APPLICATION], server: codes.AUTHORIZATION_SERVICE };
  return isQuery(event)
    ? { client: [codes.SOURCE, codes.APPLICATION], server: codes.DESTINATION }
    : { client: [codes.DESTINATION, codes.APPLICATION], server: codes.SOURCE };
}

const observer = ({ service }: AccessEvent) => ({ identifier: { value: service }, display: service });
const network = (address: string, type: '1' | '2') => ({ network: { address, type } });

/** The agents of an act on records: who did it, and the service that has them. An export goes the other way than an import. */
function agentsOfRecords(event: RecordedEvent) {
  const { user, service } = event;
  const feed = { identifier: { system: user?.iss, value: user?.sub ?? 'unknown' } };
  const isExport = codes.isExport(codes.ofActOnRecords(event));
  return [
    { type: concept(isExport ? codes.DESTINATION : codes.SOURCE), who: feed, requestor: true },
    {
      type: concept(isExport ? codes.SOURCE : codes.DESTINATION),
      who: { display: service },
      requestor: false,
      ...network(service, '1'),
    },
  ];
}

/** A plan's administrator acts without any app. */
const WITHOUT_APP: readonly AccessEvent['kind'][] = ['administration', 'trail'];
const isWithoutApp = ({ kind, user }: AccessEvent) => user !== undefined && WITHOUT_APP.includes(kind);
/** The app of a receipt does nothing: somebody reads what was agreed to for it. */
const isAboutApp = ({ kind }: AccessEvent) => kind === 'administration' || kind === 'receipt';

/** @returns the app that acted; otherwise the client of an event is what was acted upon */
export const actingClient = (event: AccessEvent): AccessEvent['client'] =>
  event.kind === 'receipt' || isWithoutApp(event) ? undefined : event.client;

function appAgent(event: AccessEvent, role: codes.AuditCoding[], requestor: boolean) {
  const { address, user, token } = event;
  const client = actingClient(event);
  return {
    type: concept(...role),
    who: { identifier: { value: client?.id ?? 'unknown' }, ...(client?.name && { display: client.name }) },
    requestor,
    // Without a user, the token belongs to the client itself.
    ...(!user && token && { policy: [codes.tokenPolicy(token)] }),
    ...(address && network(address, '2')),
  };
}

/** SMART names a person by a Person as well, to which no reference of an AuditEvent may lead: readers of R4 refuse it. */
function personIn(fhirUser: string | undefined): { reference?: string; display?: string } {
  if (!fhirUser) return {};
  const reference = personReference(fhirUser);
  return reference.startsWith('Person/') ? { display: reference } : { reference };
}

function userAgent({ user, token }: AccessEvent, requestor: boolean) {
  if (!user) return [];
  const { iss, sub, fhirUser, name } = user;
  return [
    {
      type: concept(codes.INFORMATION_RECIPIENT),
      who: { ...personIn(fhirUser), identifier: { system: iss, value: sub }, ...(name && { display: name }) },
      requestor,
      ...(token && { policy: [codes.tokenPolicy(token)] }),
    },
  ];
}

/** The organization for which an authorization was decided: the plan. */
const planAgent = ({ tenant }: AccessEvent) => ({
  type: concept(codes.PROVIDER_ORGANIZATION),
  who: { identifier: { system: `${EXTENSION}tenant`, value: tenant } },
  requestor: false,
});

function agents(event: RecordedEvent) {
  if (event.kind === 'ingest') return agentsOfRecords(event);
  const { client, server } = roles(event);
  // The requestor of a consent's end is whoever ended it. The requestor of every other event is the person, if there is
  // one.
  const requestor = event.by ?? (event.user ? 'member' : 'app');
  const isConsent = event.kind === 'consent';
  const { service } = event;
  return [
    // An administrator acts without an app. A client in such an event is the object of the act, not an agent.
    ...(isWithoutApp(event) ? [] : [appAgent(event, client, requestor === 'app')]),
    {
      type: concept(server),
      who: isConsent ? observer(event) : { display: service },
      requestor: requestor === 'plan' && !isConsent,
      ...(!isConsent && network(service, '1')),
    },
    ...userAgent(event, requestor === 'member'),
    ...(isConsent ? [{ ...planAgent(event), requestor: requestor === 'plan' }] : []),
  ];
}

function entities(event: AccessEvent) {
  const { request, resource, member, grantId, client } = event;
  const isRefused = event.kind === 'rest' && event.outcome !== '0';
  return [
    // The profile AuthZconsent has no entity for the request id, so an extension holds it.
    ...(event.kind === 'consent'
      ? []
      : [{ what: { identifier: { value: event.requestId } }, type: codes.REQUEST_ID }]),
    ...(member
      ? [{ what: { reference: `Patient/${member}` }, type: codes.PERSON, role: codes.ROLE_PATIENT }]
      : []),
    ...(resource
      ? [
          {
            what: { reference: `${resource.reference}/_history/${resource.version}` },
            type: codes.SYSTEM_OBJECT,
            role: codes.ROLE_DOMAIN_RESOURCE,
          },
        ]
      : request
        ? [
            {
              type: codes.SYSTEM_OBJECT,
              role: codes.ROLE_QUERY,
              query: Buffer.from(request).toString('base64'),
            },
          ]
        : []),
    ...(isAboutApp(event) && client
      ? [
          {
            what: { identifier: { value: client.id }, ...(client.name && { display: client.name }) },
            type: codes.SYSTEM_OBJECT,
            role: codes.ROLE_SECURITY_USER,
          },
        ]
      : []),
    ...(grantId ? [{ what: { identifier: { value: grantId } }, type: codes.CONSENT_TYPE }] : []),
    ...(isRefused ? [{ type: codes.OPERATION_OUTCOME_TYPE, description: event.reason ?? 'failed' }] : []),
  ];
}

/** The part of the trail that was read to make a file. */
const trailRead = ({ upto, members, patients }: NonNullable<AccessEvent['trail']>) => ({
  url: `${EXTENSION}trail-read`,
  extension: [
    { url: 'upto', valueString: upto },
    { url: 'members', valueUnsignedInt: members },
    ...patients.map((id) => ({ url: 'patient', valueReference: { reference: `Patient/${id}` } })),
  ],
});

function extensions(event: AccessEvent) {
  const disclosed = Object.entries(event.counts ?? {}).map(([type, count]) => ({
    url: `${EXTENSION}disclosed`,
    extension: [
      { url: 'type', valueCode: type },
      { url: 'count', valueUnsignedInt: count },
    ],
  }));
  return [
    { url: `${EXTENSION}tenant`, valueString: event.tenant },
    ...(event.kind === 'consent'
      ? [
          { url: `${EXTENSION}request-id`, valueString: event.requestId },
          { url: EVENT_EXTENSION, valueCoding: codes.ownEventOf(event) },
        ]
      : []),
    ...disclosed,
    ...(event.bodyHash ? [{ url: `${EXTENSION}body-sha256`, valueString: event.bodyHash }] : []),
    ...(event.scope ? [{ url: `${EXTENSION}scope`, valueString: event.scope }] : []),
    ...(event.notGranted ?? []).map((scope) => ({ url: `${EXTENSION}not-granted`, valueString: scope })),
    ...(event.sensitive ?? []).map((id) => ({ url: `${EXTENSION}sensitive`, valueString: id })),
    ...(event.until ? [{ url: `${EXTENSION}until`, valueInstant: event.until }] : []),
    ...(event.snapshotSha256
      ? [{ url: `${EXTENSION}snapshot-sha256`, valueString: event.snapshotSha256 }]
      : []),
    ...(event.method ? [{ url: `${EXTENSION}login-method`, valueCode: event.method }] : []),
    ...(event.count ? [{ url: `${EXTENSION}count`, valueUnsignedInt: event.count }] : []),
    ...(event.trail ? [trailRead(event.trail)] : []),
  ];
}

/** In the profile AuthZconsent the person is the requestor. If the app or the plan ends a consent, the event has the same shape only. */
const isAuthzConsent = ({ user, member, grantId, by = 'member' }: AccessEvent) =>
  user !== undefined && member !== undefined && grantId !== undefined && by === 'member';

/** BALP's profiles describe successes. A refusal has the same shape, but claims no profile. */
function profiles(event: AccessEvent): string[] {
  const { kind, outcome, member, address, resource, request } = event;
  if (outcome !== '0' || address === undefined) return [];
  if (kind === 'consent') return isAuthzConsent(event) ? [codes.balp('AuthZconsent')] : [];
  if (kind !== 'rest' || (isQuery(event) ? !request : !resource)) return [];
  return [codes.balp(`${member ? 'Patient' : ''}${isQuery(event) ? 'Query' : 'Read'}`)];
}

/** Of an event in a member's trail: what an app needs to see it, as security labels of the AuditEvent itself. */
function security(event: AccessEvent) {
  const labels = event.member === undefined ? [] : audienceLabels(event);
  return labels.map((label) => {
    const at = label.lastIndexOf('|');
    return { system: label.slice(0, at), code: label.slice(at + 1) };
  });
}

function metaOf(event: AccessEvent) {
  const [profile, labels] = [profiles(event), security(event)];
  return { ...(profile.length > 0 && { profile }), ...(labels.length > 0 && { security: labels }) };
}

/** A disclosure is never shown as complete when its answer broke off: in words, and as an extension for programs. */
const withInterruption = (event: AccessEvent, interrupted: string | undefined) =>
  interrupted === undefined
    ? { extension: extensions(event), ...(event.reason && { outcomeDesc: event.reason }) }
    : {
        extension: [...extensions(event), { url: `${EXTENSION}interrupted`, valueCode: interrupted }],
        outcomeDesc: `interrupted: ${interrupted}. At most what is named here left.`,
      };

/**
 * The same event always gives the same AuditEvent, to the letter.
 *
 * @param id {@link auditEventId}
 * @param interrupted why its answer broke off, if another record says so
 */
export function auditEvent(event: RecordedEvent, id: string, interrupted?: string): Resource {
  const { type, subtype, action } = CLASSIFY[event.kind](event);
  const { extension, ...ending } = withInterruption(event, interrupted);
  const entity = entities(event);
  return {
    resourceType: 'AuditEvent',
    id,
    meta: metaOf(event),
    extension,
    type,
    subtype,
    action,
    recorded: event.recorded,
    outcome: event.outcome,
    ...ending,
    agent: agents(event),
    // The identifier makes the search `source:identifier=claims-service` possible.
    source: { observer: observer(event) },
    // A list in JSON of FHIR is never empty.
    ...(entity.length > 0 && { entity }),
  };
}
