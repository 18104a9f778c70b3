/** From an access event to the AuditEvent that says the same in FHIR (IHE BALP 1.1.4). */
import { createHash } from 'node:crypto';
import type { AccessEvent } from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import * as codes from './codes.ts';

/** What BALP has no element for, in extensions of our own. */
const EXTENSION = 'urn:payer-patient-access:';

const concept = (coding: codes.Coding) => ({ coding: [coding] });
const isQuery = (event: AccessEvent) => event.action === 'search-type';

/**
 * One id for one (tenant, request, service), so that a second delivery finds the first in the table: the start of a
 * SHA-256 as a UUIDv8 (RFC 9562 section 5.8).
 */
export function auditEventId(event: AccessEvent): string {
  const hex = createHash('sha256')
    .update(`${event.tenant}\n${event.requestId}\n${event.service}`)
    .digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

type Classification = Record<'type', codes.Coding> & { subtype: codes.Coding[]; action: string };

/** What kind of event it is in standard codes, and in our own where these do not say which. */
const CLASSIFY: Readonly<Record<AccessEvent['kind'], (event: AccessEvent) => Classification>> = {
  rest: (event) => ({
    type: codes.REST,
    subtype: [codes.interaction(event.action)],
    action: isQuery(event) ? 'E' : 'R',
  }),
  login: () => ({ type: codes.AUTHENTICATION, subtype: [codes.LOGIN], action: 'E' }),
  token: (event) => ({
    type: codes.AUTHENTICATION,
    subtype: [codes.TOKEN_ISSUE, codes.authorization(event)],
    action: 'E',
  }),
  consent: (event) => ({
    type: codes.SECURITY_ALERT,
    subtype: [codes.CONSENT, codes.authorization(event)],
    action: 'E',
  }),
  launch: () => ({ type: codes.APPLICATION_ACTIVITY, subtype: [codes.LAUNCH], action: 'E' }),
  authorization: () => ({ type: codes.SECURITY_ALERT, subtype: [codes.AUTHORIZATION_REFUSED], action: 'E' }),
  administration: ({ action }) => ({
    type: codes.SECURITY_ALERT,
    subtype: [codes.SECURITY_ATTRIBUTES_CHANGED, codes.ownEvent(action)],
    action: 'E',
  }),
  ingest: (event) => ({ type: codes.IMPORT, subtype: [codes.authorization(event)], action: 'C' }),
  trail: (event) => ({
    type: codes.LIFECYCLE[event.action] ?? codes.APPLICATION_ACTIVITY,
    subtype: [codes.authorization(event)],
    action: 'E',
  }),
  'denied-attempts': () => ({ type: codes.SECURITY_ALERT, subtype: [codes.DENIED_ATTEMPTS], action: 'E' }),
};

/** Read and query swap source and destination: who asks receives what is read, and sends a query. */
function roles(event: AccessEvent) {
  if (event.kind !== 'rest') return { client: codes.APPLICATION, server: codes.AUTHORIZATION_SERVICE };
  return isQuery(event)
    ? { client: codes.SOURCE, server: codes.DESTINATION }
    : { client: codes.DESTINATION, server: codes.SOURCE };
}

/** A plan's administrator acts without any app. */
const WITHOUT_APP: readonly AccessEvent['kind'][] = ['administration', 'ingest', 'trail'];

function agents(event: AccessEvent) {
  const { client: clientRole, server: serverRole } = roles(event);
  const policy = event.token && { policy: [`urn:ietf:params:oauth:jti:${event.token}`] };
  // Whoever ended a consent is the one who wanted it; everything else is wanted by the person, if there is one.
  const requestor = event.by ?? (event.user ? 'member' : 'app');
  const client = {
    type: concept(clientRole),
    who: {
      identifier: { value: event.client?.id ?? 'unknown' },
      ...(event.client?.name && { display: event.client.name }),
    },
    requestor: requestor === 'app',
    // Where there is no user the token is the client's own.
    ...(!event.user && policy),
    ...(event.address && { network: { address: event.address, type: '2' } }),
  };
  const server = {
    type: concept(serverRole),
    who: { display: event.service },
    requestor: requestor === 'plan',
    network: { address: event.service, type: '1' },
  };
  if (!event.user) return [client, server];
  const parties = WITHOUT_APP.includes(event.kind) ? [server] : [client, server];
  const { iss, sub, fhirUser, name } = event.user;
  const user = {
    type: concept(codes.INFORMATION_RECIPIENT),
    who: {
      ...(fhirUser && { reference: fhirUser.split('/').slice(-2).join('/') }),
      identifier: { system: iss, value: sub },
      ...(name && { display: name }),
    },
    requestor: requestor === 'member',
    ...policy,
  };
  return [...parties, user];
}

function entities(event: AccessEvent) {
  const { request, resource, member, grantId, client } = event;
  return [
    { what: { identifier: { value: event.requestId } }, type: codes.REQUEST_ID },
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
    ...(event.kind === 'administration' && client
      ? [
          {
            what: { identifier: { value: client.id }, ...(client.name && { display: client.name }) },
            type: codes.SYSTEM_OBJECT,
            role: codes.ROLE_SECURITY_USER,
          },
        ]
      : []),
    ...(grantId ? [{ what: { identifier: { value: grantId } }, type: codes.CONSENT_TYPE }] : []),
  ];
}

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
    ...disclosed,
    ...(event.bodyHash ? [{ url: `${EXTENSION}body-sha256`, valueString: event.bodyHash }] : []),
    ...(event.scope ? [{ url: `${EXTENSION}scope`, valueString: event.scope }] : []),
    ...(event.sensitive ?? []).map((id) => ({ url: `${EXTENSION}sensitive`, valueString: id })),
    ...(event.until ? [{ url: `${EXTENSION}until`, valueInstant: event.until }] : []),
    ...(event.shown ? [{ url: `${EXTENSION}shown-sha256`, valueString: event.shown }] : []),
    ...(event.method ? [{ url: `${EXTENSION}login-method`, valueCode: event.method }] : []),
    ...(event.count ? [{ url: `${EXTENSION}count`, valueUnsignedInt: event.count }] : []),
  ];
}

/** BALP's patterns describe successes; a refusal has the same shape without the claim to the profile. */
function profiles(event: AccessEvent): string[] {
  if (event.kind !== 'rest' || event.outcome !== '0') return [];
  return [codes.balp(`${event.member ? 'Patient' : ''}${isQuery(event) ? 'Query' : 'Read'}`)];
}

/** The same event always gives the same AuditEvent, to the letter. */
export function auditEvent(event: AccessEvent): Resource {
  const { type, subtype, action } = CLASSIFY[event.kind](event);
  const claimed = profiles(event);
  return {
    resourceType: 'AuditEvent',
    id: auditEventId(event),
    meta: claimed.length > 0 ? { profile: claimed } : {},
    extension: extensions(event),
    type,
    subtype,
    action,
    recorded: event.recorded,
    outcome: event.outcome,
    ...(event.reason && { outcomeDesc: event.reason }),
    agent: agents(event),
    // By its identifier it can be searched for: `source:identifier=claims-service`.
    source: { observer: { identifier: { value: event.service }, display: event.service } },
    entity: entities(event),
  };
}
