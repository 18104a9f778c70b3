/** Derives the columns of trail.audit_event, by which an AuditEvent is searched and counted, from its FHIR form. */
import type { AccessEvent } from '@patient-access/events';
import { needing, type Resource } from '@patient-access/fhir';
import { OWN_EVENT, REST, TOKEN_ISSUE } from './codes.ts';

interface Coded {
  system?: string;
  code?: string;
}

interface Who {
  reference?: string;
  identifier?: { system?: string; value?: string };
  display?: string;
}

/** The elements of an AuditEvent that this file reads (http://hl7.org/fhir/R4/auditevent.html). */
interface AuditEvent {
  meta?: { profile?: string[]; security?: Coded[] };
  extension?: {
    url: string;
    valueString?: string;
    extension?: { url: string; valueUnsignedInt?: number }[];
  }[];
  type: Coded;
  subtype?: Coded[];
  action?: string;
  recorded: string;
  outcome?: string;
  outcomeDesc?: string;
  agent: {
    type?: { coding?: Coded[] };
    who?: Who;
    policy?: string[];
    network?: { address?: string; type?: string };
  }[];
  source: { observer: Who };
  entity?: { what?: Who; type?: Coded }[];
}

export interface Columns {
  recorded: string;
  /** `kind` and `act` are the kind and the action of the {@link AccessEvent} */
  kind: string;
  act: string;
  action: string;
  outcome: string;
  reason: string | null;
  service: string;
  /** client id of the app that acted */
  client: string | null;
  grant_id: string | null;
  policy: string | null;
  address: string | null;
  /** number of resources that were disclosed */
  disclosed: number;
  /** `system|code` */
  type: string;
  subtype: string[];
  /** `system|value` */
  agent: string[];
  /** `Type/id` */
  entity: string[];
  /** `system|value` */
  entity_identifier: string[];
  profile: string | null;
  /** in the notation of {@link Audience}: the labels that an app needs to see it; null: none */
  audience: string[] | null;
}

/**
 * Kinds of events whose code has the form `{kind}-{action}`. FHIR interactions have standard codes, and the code of an
 * administrator's act is the action alone. The type requires an entry for each other kind, also for a new one.
 */
const NAMED_BY_KIND: Readonly<Record<Exclude<AccessEvent['kind'], 'rest' | 'administration'>, true>> = {
  login: true,
  token: true,
  consent: true,
  launch: true,
  authorization: true,
  'denied-attempts': true,
  ingest: true,
  trail: true,
};
const KINDS = Object.keys(NAMED_BY_KIND);
const CLIENT_ROLES = ['110150', '110152', '110153'];
/** The network type of an IP address, which a person's or an app's machine has (http://hl7.org/fhir/network-type). */
const IP_ADDRESS = '2';

const codeText = ({ system = '', code = '' }: Coded) => `${system}|${code}`;
const identifierText = ({ system = '', value = '' }: NonNullable<Who['identifier']>) => `${system}|${value}`;
const identifiers = (all: readonly (Who | undefined)[]) =>
  all.flatMap((who) => (who?.identifier ? [identifierText(who.identifier)] : []));

/**
 * Reads the access event's kind and action back: from standard codes of a FHIR interaction, otherwise from our own
 * code.
 */
function happened({ type, subtype = [] }: AuditEvent): { kind: string; act: string } {
  if (type.code === REST.code) return { kind: 'rest', act: subtype[0]?.code ?? '' };
  // When there are two codes of our own, the last one is more precise.
  const own = subtype.findLast(({ system }) => system === OWN_EVENT)?.code;
  if (own === undefined) {
    const isToken = subtype.some(({ code }) => code === TOKEN_ISSUE.code);
    return isToken ? { kind: 'token', act: 'issue' } : { kind: 'login', act: '' };
  }
  const kind = KINDS.find((name) => own === name || own.startsWith(`${name}-`));
  return kind ? { kind, act: own.slice(kind.length + 1) } : { kind: 'administration', act: own };
}

function clientOf({ agent }: AuditEvent): string | null {
  const client = agent.find(
    ({ type, who }) =>
      type?.coding?.some(({ code = '' }) => CLIENT_ROLES.includes(code)) &&
      who?.identifier !== undefined &&
      who.identifier.system === undefined &&
      who.identifier.value !== 'unknown',
  );
  return client?.who?.identifier?.value ?? null;
}

/** The request ids, from the extension that holds them. */
const requestIds = ({ extension = [] }: AuditEvent) =>
  extension.flatMap(({ url, valueString }) =>
    url.endsWith(':request-id') && valueString !== undefined ? [`|${valueString}`] : [],
  );

const disclosedBy = ({ extension = [] }: AuditEvent) =>
  extension
    .flatMap(({ url, extension: parts = [] }) => (url.endsWith(':disclosed') ? parts : []))
    .reduce((sum, { url, valueUnsignedInt = 0 }) => sum + (url === 'count' ? valueUnsignedInt : 0), 0);

function audienceOf({ meta }: AuditEvent): string[] | null {
  const labels = (meta?.security ?? []).map(codeText);
  return labels.length > 0 ? [...needing(labels)] : null;
}

/**
 * @returns the columns; the same AuditEvent always gives the same, so the verifier can compare them with the stored
 * ones
 */
export function columnsOf(resource: Resource): Columns {
  const event = resource as unknown as AuditEvent;
  const { agent, entity = [], source } = event;
  const references = entity.flatMap(({ what }) => what?.reference ?? []);
  const consent = entity.find(({ type }) => type?.code === 'Consent');
  return {
    recorded: event.recorded,
    ...happened(event),
    action: event.action ?? '',
    outcome: event.outcome ?? '',
    reason: event.outcomeDesc ?? null,
    service: source.observer.display ?? '',
    client: clientOf(event),
    grant_id: consent?.what?.identifier?.value ?? null,
    policy: agent.find(({ policy }) => policy)?.policy?.[0] ?? null,
    address: agent.find(({ network }) => network?.type === IP_ADDRESS)?.network?.address ?? null,
    disclosed: disclosedBy(event),
    type: codeText(event.type),
    subtype: (event.subtype ?? []).map(codeText),
    agent: identifiers(agent.map(({ who }) => who)),
    entity: references.map((reference) => reference.replace(/\/_history\/.*$/, '')),
    entity_identifier: [...identifiers(entity.map(({ what }) => what)), ...requestIds(event)],
    profile: event.meta?.profile?.[0] ?? null,
    audience: audienceOf(event),
  };
}
