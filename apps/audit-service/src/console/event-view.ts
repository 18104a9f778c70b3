/** What the console says of one event, beside the columns of its row. */
import { type AccessEvent, eventOf } from '@patient-access/events';
import { personReference } from '@patient-access/smart';
import { WITHOUT_MEMBER } from '../columns.ts';
import type { ConsoleEvent } from './console-sql.ts';

/** @returns what an event says itself; the database has it as text */
export const eventIn = ({ record }: Pick<ConsoleEvent, 'record'>): AccessEvent => eventOf(record);

/** @returns the name that an app had in an event of its own, or its id */
export const appName = ({ client }: AccessEvent): string => client?.name ?? client?.id ?? '';

/**
 * Who logged in: an auditor's login, a member or somebody who acts for one, or nothing.
 *
 * @param fhirUser the reference of the person, where more is known than the event says
 */
export function personOf({ user }: AccessEvent, fhirUser = user?.fhirUser): string {
  if (!user) return '';
  const { name, sub } = user;
  return name ?? (fhirUser === undefined ? sub : personReference(fhirUser));
}

/** Kinds whose events count requests. */
const COUNTED: ReadonlySet<string> = new Set(['denied-attempts', 'published-reads']);

/** @returns how many requests an event stands for */
export const requestsIn = ({ kind, count = 1 }: AccessEvent): number => (COUNTED.has(kind) ? count : 1);

/** How many resources of which types were disclosed. */
export const countsIn = ({ counts = {} }: AccessEvent): Map<string, number> =>
  new Map(Object.entries(counts));

/** `Coverage 1, ExplanationOfBenefit 12` */
export const asText = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .map(([type, count]) => `${type} ${count}`)
    .sort()
    .join(', ');

export const countsOf = (event: AccessEvent): string => asText(countsIn(event));

/** An app that asks who has logged in gets the member's name, which is no FHIR resource. */
export const isUserinfo = ({ kind, act, outcome, member }: ConsoleEvent): boolean =>
  kind === 'account' && act === 'read-userinfo' && outcome === '0' && member !== WITHOUT_MEMBER;

/** What it then gets, beside counts of resources. */
export const USERINFO: ReadonlyMap<string, number> = new Map([['userinfo', 1]]);

/** Of an answer that broke off nobody knows what arrived. */
export const atMost = (text: string): string => (text === '' ? '' : `at most ${text}`);

/** A record that says of another one with the same request id that the answer broke off. */
export const saysItBrokeOff = ({ kind, act }: Pick<ConsoleEvent, 'kind' | 'act'>): boolean =>
  kind === 'attempt' && act === 'interrupt';

/** The request or the resource that it was about. */
export const requestOf = ({ resource, request }: AccessEvent): string =>
  resource ? `${resource.reference}/_history/${resource.version}` : (request ?? '');

const OUTCOMES: Record<string, string> = { '0': 'given', '4': 'refused', '8': 'refused', '12': 'failed' };

/** In a word; of a disclosure whose answer broke off it is never `given`. */
export function outcomeOf(event: Pick<ConsoleEvent, 'outcome' | 'kind' | 'act' | 'interrupted'>): string {
  const { outcome, kind, interrupted } = event;
  if (interrupted !== null || saysItBrokeOff(event)) return 'interrupted';
  return outcome === '0' && kind !== 'rest' ? 'done' : (OUTCOMES[outcome] ?? outcome);
}
