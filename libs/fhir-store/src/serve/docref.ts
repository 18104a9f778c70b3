/** `$docref`: a member's documents (http://hl7.org/fhir/us/core/OperationDefinition/docref, 6.1.0). */
import { dateSpan, type Definition, definitions, invalid, notFound } from '@patient-access/fhir';
import { refuseOthers, valuesOf } from './named-parameters.ts';
import { CURSOR } from './parameters.ts';
import { decideForType, refusalOf } from './query-for.ts';
import { searchPage } from './search-page.ts';
import type { CallerContext, InteractionResult, OperationRequest } from './engine.ts';

type Entries = readonly [string, string][];

const SINGLE = ['patient', 'start', 'end', 'on-demand', '_count', '_format'];
const KNOWN = [...SINGLE, 'type', CURSOR];

function single(entries: Entries, name: string): string | undefined {
  const [value, ...others] = valuesOf(entries, name);
  if (others.length > 0) throw invalid(`${name} may be given once.`, name);
  return value;
}

function spanOf(entries: Entries, name: 'start' | 'end'): ReturnType<typeof dateSpan> {
  const value = single(entries, name);
  const span = value === undefined ? undefined : dateSpan(value);
  if (value !== undefined && !span)
    throw invalid(`${name}: a date or time, e.g. 2026-01-31T08:00:00Z.`, name);
  return span;
}

/** A condition on the period of care. No care is before the first date or after the last one that can be searched for. */
function period(prefix: 'gt' | 'lt', ms: number): [string, string][] {
  const instant = new Date(ms).toISOString();
  return [dateSpan(instant) ? ['period', `${prefix}${instant}`] : ['period:missing', 'false']];
}

/**
 * Care in a range of time: it ends after the range begins, and begins before the range ends. `ge` and `le` of a search would
 * leave out a stay that ends on the first day, or begins on the last one.
 */
const careIn = (start: ReturnType<typeof dateSpan>, end: ReturnType<typeof dateSpan>): [string, string][] => [
  ...(start ? period('gt', Date.parse(start.low) - 1) : []),
  ...(end ? period('lt', Date.parse(end.high)) : []),
];

/**
 * Were documents requested that are made on demand? This server stores documents and makes none, so there are none.
 */
function isOnDemand(entries: Entries): boolean {
  const value = single(entries, 'on-demand') ?? 'false';
  if (value !== 'true' && value !== 'false') throw invalid('on-demand: true or false.', 'on-demand');
  return value === 'true';
}

/**
 * Translates the operation into a search. With a date range it finds documents about care in this range. Without one
 * it finds current documents, newest first. Documents that were entered in error are left out.
 */
function asSearch(entries: Entries): [string, string][] {
  refuseOthers(entries, KNOWN, 'with $docref');
  SINGLE.forEach((name) => single(entries, name));
  const [start, end] = [spanOf(entries, 'start'), spanOf(entries, 'end')];
  const types = valuesOf(entries, 'type');
  return [
    ...entries.filter(([name]) => name === 'patient' || name === '_count'),
    ...(types.length > 0 ? [['type', types.join(',')] as [string, string]] : []),
    ...(start || end
      ? [...careIn(start, end), ['status:not', 'entered-in-error'] as [string, string]]
      : [['status', 'current'] as [string, string]]),
    ['_sort', '-date'],
    ...(isOnDemand(entries) ? [['_id:missing', 'true'] as [string, string]] : []),
  ];
}

/**
 * One page of the documents that the token may search and read.
 *
 * @throws OperationError 400 naming a bad parameter, 403 for another member
 */
export function docref(
  caller: CallerContext,
  { type, id, operation }: OperationRequest,
  parameters: [string, string][],
): Promise<InteractionResult> {
  if (id !== undefined) throw notFound();
  const definition = definitions.get(type) as Definition;
  const decision = decideForType(caller, 'operation', type, definition);
  if (!decision.allowed) throw refusalOf(caller, decision, { interaction: 'operation', type });
  const owners = [caller.engine.owner];
  const allowed = {
    ...caller,
    parameters,
    strict: true,
    definition,
    decision,
    owners,
    negotiation: { formats: [] },
  };
  return searchPage(allowed, type, { path: `${type}/$${operation}`, asSearch });
}
