/** Of whom an auditor or an administrator was told something. Such an event is about no member, and names what was shown. */
import type { AccessEvent } from '@patient-access/events';
import { MEMBER_TYPE } from '@patient-access/fhir';
import type { Statement } from '@patient-access/fhir-store';
import { WITHOUT_MEMBER } from '../columns.ts';
import type { Ask } from './ask.ts';
import { eventIn } from './event-view.ts';
import type { ConsoleEvent } from './console-sql.ts';

/** Ids of events that one statement looks up. */
const AT_ONCE = 1_000;
const NAME = 'Person';
const EVENT = 'AuditEvent';

/** What was shown of one member, as one event says. */
export interface ShownMember {
  member: string;
  /** numbers by what it was; of a file nobody counts by member */
  counts: ReadonlyMap<string, number>;
}

/** Is it the event of an answer to somebody of the staff? It is about no member itself, and may have told nothing. */
export const isToStaff = ({ kind, outcome, member }: ConsoleEvent): boolean =>
  kind === 'rest' && outcome === '0' && member === WITHOUT_MEMBER;

const isDoneForNobody = ({ outcome, member, client }: ConsoleEvent): boolean =>
  outcome === '0' && member === WITHOUT_MEMBER && client === null;

/** Is it the event of the list of merges that a plan's files ask for (`import:merges`)? It names both Patients of each. */
const isListOfMerges = ({ kind, act }: Pick<ConsoleEvent, 'kind' | 'act'>): boolean =>
  kind === 'ingest' && act === 'list-merges';

/** Is it the event of what an administrator read? It names the persons, where it was about any. */
export const isToAdministrator = (stored: ConsoleEvent): boolean =>
  (stored.kind === 'account' || isListOfMerges(stored)) && isDoneForNobody(stored);

/** The acts with which an administrator reads of persons. */
const READS_OF_PERSONS: ReadonlySet<string> = new Set([
  'read-relations',
  'read-identities',
  'read-card-links',
  'list-person-changes',
  'read-person-change',
  'read-repair',
]);
/**
 * With these an administrator takes along all that a service has of a plan, or is told whose trail is held, or reads a record
 * that could not be stored. Their events name nobody.
 */
const NAMES_NOBODY: ReadonlySet<string> = new Set([
  'administration/tenant-export',
  'ingest/plan-export',
  'trail/hold-list',
  'trail/dead-letter-read',
]);

const namesNobody = (stored: ConsoleEvent): boolean =>
  NAMES_NOBODY.has(`${stored.kind}/${stored.act}`) && stored.outcome === '0';

/**
 * Does it not say of whom it told an administrator? So are events of a release before, of answers about nobody, of an export
 * of the plan, which is about everybody, of a list of holds, and of a dead letter.
 */
export const isWithoutPersons = (stored: ConsoleEvent): boolean =>
  namesNobody(stored) ||
  (isToAdministrator(stored) &&
    READS_OF_PERSONS.has(stored.act) &&
    eventIn(stored).counts?.[NAME] === undefined);

const listed = ({ resources = {} }: AccessEvent, type: string): string[] =>
  resources[type]?.split(' ').map((name) => name.split('/')[0] ?? '') ?? [];

/** A page and a search list what left, and a read names it. */
const eventsIn = (event: AccessEvent): string[] =>
  event.resource?.reference.startsWith(`${EVENT}/`)
    ? [event.resource.reference.slice(EVENT.length + 1)]
    : listed(event, EVENT);

const membersOf = (tenant: string, ids: readonly string[]): Statement => ({
  text: `SELECT e.id, e.member FROM trail.audit_event e WHERE e.tenant = $1 AND e.id = ANY ($2) AND e.member <> '${WITHOUT_MEMBER}'`,
  values: [tenant, ids],
});

async function memberByEvent(ask: Ask, tenant: string, ids: readonly string[]): Promise<Map<string, string>> {
  const members = new Map<string, string>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const found = await ask<{ id: string; member: string }>(membersOf(tenant, ids.slice(at, at + AT_ONCE)));
    for (const { id, member } of found) members.set(id, member);
  }
  return members;
}

function shownIn(event: AccessEvent, memberOf: ReadonlyMap<string, string>): ShownMember[] {
  const events = eventsIn(event).flatMap((id) => memberOf.get(id) ?? []);
  const byMember = Map.groupBy(events, (member) => member);
  return [
    ...[...byMember].map(([member, all]) => ({ member, counts: new Map([[EVENT, all.length]]) })),
    ...listed(event, NAME).map((member) => ({ member, counts: new Map([[NAME, 1]]) })),
    ...(isListOfMerges({ kind: event.kind, act: event.action }) ? listed(event, MEMBER_TYPE) : []).map(
      (member) => ({ member, counts: new Map([[MEMBER_TYPE, 1]]) }),
    ),
    ...(event.trail?.patients ?? []).map((member) => ({ member, counts: new Map([['File of events', 1]]) })),
  ];
}

/** @returns by id of an event of the staff that told something, whom it told of */
export async function shownBy(
  ask: Ask,
  tenant: string,
  events: readonly ConsoleEvent[],
): Promise<ReadonlyMap<string, readonly ShownMember[]>> {
  const ofStaff = events
    .filter((stored) => (isToStaff(stored) && stored.disclosed > 0) || isToAdministrator(stored))
    .map((stored) => ({ id: stored.id, event: eventIn(stored) }));
  const ids = new Set(ofStaff.flatMap(({ event }) => eventsIn(event)));
  const memberOf = await memberByEvent(ask, tenant, [...ids]);
  return new Map(ofStaff.map(({ id, event }) => [id, shownIn(event, memberOf)]));
}
