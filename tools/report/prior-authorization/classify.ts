/** Classifies one prior authorization: the decision, the time until it, and the urgency. Pure functions. */
import { parseInstant, type Resource, saysNoDate } from '@patient-access/fhir';
import type { StoredRequest } from './requests.ts';

interface Extension {
  url: string;
  extension?: Extension[];
  valueCodeableConcept?: Concept;
  valueDate?: string;
  valueDateTime?: string;
}
interface Concept {
  coding?: { system?: string; code?: string; display?: string }[];
  text?: string;
}
interface Adjudication {
  extension?: Extension[];
}
interface Item {
  extension?: Extension[];
  productOrService?: Concept;
  adjudication?: Adjudication[];
}
interface Request extends Resource {
  status?: string;
  type?: Concept;
  created?: string;
  outcome?: string;
  priority?: Concept;
  extension?: Extension[];
  item?: Item[];
  adjudication?: Adjudication[];
}

export type ReportedDecision = 'approved' | 'approved in part' | 'denied' | 'undecided';

export interface Classified {
  urgency: 'standard' | 'expedited';
  /** asks the plan to decide again what it refused */
  isAppeal: boolean;
  decision: ReportedDecision;
  /** whether it was cancelled, or needed no decision: nobody decides it any more */
  ended: boolean;
  /** hours from the request to the decision; undefined: the data have no time of the decision */
  hours?: number;
  /** whether it was denied first and is approved now */
  reversed: boolean;
  /** requested items and services, `system|code` with the name */
  services: { code: string; name: string }[];
}

/**
 * Decisions by X12 306 action (PDex, reviewActionCode): certified in total, in part, not, modified. Others decide
 * nothing.
 */
const ACTIONS: Readonly<Record<string, Exclude<ReportedDecision, 'undecided'>>> = {
  A1: 'approved',
  A2: 'approved in part',
  A3: 'denied',
  A6: 'approved in part',
};
/** Actions that end a request without a decision: cancelled, no action required. */
const ENDED = new Set(['C', 'NA']);
/** What is asked for, by X12 1322 (PAS, certificationType): an immediate appeal, a standard one. */
const IMMEDIATE_APPEAL = '1';
const APPEALS = new Set([IMMEDIATE_APPEAL, '2']);
/** Outcomes of a request that says nothing of an action yet. */
const WAITING = new Set(['queued', 'partial']);
/** Codes of an expedited request: X12 1338 level of service, and processpriority. */
const EXPEDITED = new Set(['U', '03', 'stat']);

const ends =
  (name: string) =>
  ({ url }: Extension) =>
    url.endsWith(name);
const codesOf = (concept: Concept | undefined) => concept?.coding?.flatMap(({ code }) => code ?? []) ?? [];

function adjudications({ item = [], adjudication = [] }: Request): Adjudication[] {
  return [...adjudication, ...item.flatMap((each) => each.adjudication ?? [])];
}

/** The codes of the actions, of the whole request and of its items. */
const actionsOf = (request: Request): string[] =>
  adjudications(request)
    .flatMap(({ extension = [] }) => extension.filter(ends('reviewAction')))
    .flatMap(({ extension = [] }) => extension.filter(ends('reviewActionCode')))
    .flatMap(({ valueCodeableConcept }) => codesOf(valueCodeableConcept));

function decisionOf(request: Request): ReportedDecision {
  const found = actionsOf(request)
    .filter((code) => !ENDED.has(code))
    .map((code) => ACTIONS[code]);
  // A request is open as long as any of its items is open.
  if (found.length === 0 || found.includes(undefined)) return 'undecided';
  const [first, ...others] = new Set(found as Exclude<ReportedDecision, 'undecided'>[]);
  return others.length > 0 ? 'approved in part' : (first ?? 'undecided');
}

const DAY = 'yyyy-mm-dd'.length;

/** In milliseconds. R4 lets a time have the second 60, which `Date.parse` does not read. */
export const instantMsOf = (time: string): number => parseInstant(time)?.getTime() ?? Number.NaN;

/** R4 lets a system write a month or a year, of which nobody knows the day. */
const namesDay = (time: string): boolean => time.length >= DAY && !saysNoDate(time);

/** The time of the decision. PDex 2.1 has it for every decision, PAS only for approvals. The latest one counts. */
function decidedAt(request: Request): string | undefined {
  const extensions = [
    ...adjudications(request).flatMap(({ extension = [] }) => extension),
    ...(request.item ?? []).flatMap(({ extension = [] }) => extension),
  ];
  return (
    extensions
      .filter(({ url }) => /\/base-ext-when-adjudicated$|itemPreAuthIssueDate$/.test(url))
      .flatMap(({ valueDate, valueDateTime }) => valueDateTime ?? valueDate ?? [])
      .filter(namesDay)
      // Times of one decision may have different offsets.
      .sort((one, another) => instantMsOf(one) - instantMsOf(another))
      .at(-1)
  );
}

/** @returns the hours between two times; when one has no time of day, whole days are counted; undefined: one has no day */
function hoursBetween(from: string | undefined, to: string | undefined): number | undefined {
  if (from === undefined || to === undefined || !namesDay(from)) return undefined;
  const isInDays = from.length === DAY || to.length === DAY;
  const [start, end] = isInDays ? [from.slice(0, DAY), to.slice(0, DAY)] : [from, to];
  const hours = (instantMsOf(end) - instantMsOf(start)) / 3_600_000;
  return Number.isFinite(hours) && hours >= 0 ? hours : undefined;
}

/** X12 1322. PDex has no element of its own for it: this is the extension of PAS, which may stand in an ExplanationOfBenefit. */
const kindsOf = ({ extension = [] }: Request): string[] =>
  extension
    .filter(ends('/extension-certificationType'))
    .flatMap(({ valueCodeableConcept }) => codesOf(valueCodeableConcept));

function isExpedited(request: Request): boolean {
  const { extension = [], priority } = request;
  const level = extension.find(ends('levelOfServiceCode'))?.valueCodeableConcept;
  const isUrgent = [...codesOf(level), ...codesOf(priority)].some((code) => EXPEDITED.has(code));
  return isUrgent || kindsOf(request).includes(IMMEDIATE_APPEAL);
}

const servicesOf = ({ item = [] }: Request): Classified['services'] =>
  item.flatMap(({ productOrService: concept }) => {
    const [coding] = concept?.coding ?? [];
    const code = coding?.code && `${coding.system ?? ''}|${coding.code}`;
    return code ? [{ code, name: concept?.text ?? coding?.display ?? '' }] : [];
  });

/** Whether a request counts. Drugs have other rules, and requests that were entered by mistake do not count. */
export function isCounted({ current }: StoredRequest): boolean {
  const { type, status } = current as Request;
  return !codesOf(type).includes('pharmacy') && status !== 'entered-in-error' && status !== 'draft';
}

function isEnded(request: Request): boolean {
  const actions = actionsOf(request);
  if (request.status === 'cancelled') return true;
  return actions.length > 0 && actions.every((code) => ENDED.has(code));
}

/** Whether the plan still has to decide: an item waits, or the request says of no action yet and waits as a whole. */
export function waitsForDecision(version: Resource): boolean {
  const request = version as Request;
  const actions = actionsOf(request);
  if (request.status !== 'active') return false;
  if (actions.length === 0) return WAITING.has(request.outcome ?? '');
  return actions.some((code) => ACTIONS[code] === undefined && !ENDED.has(code));
}

export const isAppealRequest = (version: Resource): boolean =>
  kindsOf(version as Request).some((code) => APPEALS.has(code));

export const urgencyOf = (version: Resource): Classified['urgency'] =>
  isExpedited(version as Request) ? 'expedited' : 'standard';

/** The decision of one version of a request with the time that the plan gave it; undefined: there is none yet, or no time. */
export function datedDecision(
  version: Resource,
): { decision: ReportedDecision; decidedAt: string } | undefined {
  const [decision, time] = [decisionOf(version as Request), decidedAt(version as Request)];
  return decision === 'undecided' || time === undefined ? undefined : { decision, decidedAt: time };
}

export function classify({ current, earlier }: StoredRequest): Classified {
  const request = current as Request;
  const decision = decisionOf(request);
  const hours = decision === 'undecided' ? undefined : hoursBetween(request.created, decidedAt(request));
  const approved = decision === 'approved' || decision === 'approved in part';
  return {
    urgency: urgencyOf(request),
    isAppeal: isAppealRequest(request),
    decision,
    ended: decision === 'undecided' && isEnded(request),
    ...(hours !== undefined && { hours }),
    reversed: approved && earlier.some((version) => decisionOf(version as Request) === 'denied'),
    services: servicesOf(request),
  };
}
