/** `$everything`: all stored resources of a member (http://hl7.org/fhir/R4/patient-operation-everything.html). */
import { randomUUID } from 'node:crypto';
import {
  definitions,
  forbidden,
  invalid,
  isReferenceData,
  MEMBER_TYPE,
  MAX_COUNT,
  notFound,
  notSupported,
  type Owner,
  ownersOf,
  parseResultParameters,
  searchBundle,
  servedTypes,
} from '@patient-access/fhir';
import { REFERENCE_DATA_PART } from '@patient-access/internal-api';
import { neededScope, NO_MEMBER } from '@patient-access/smart';
import { isRecordService } from '@patient-access/topology';
import { disclosed } from './access-event.ts';
import {
  type LinkContext,
  nextLink,
  openCursor,
  pageLink,
  type AnswerPart,
  roomHeader,
} from './cursor-links.ts';
import { refuseOthers, sinceParameter, valuesOf } from './named-parameters.ts';
import { CURSOR } from './parameters.ts';
import { type RecordPage, referredResources } from './referred.ts';
import type { PagePosition } from '../sql/order-sql.ts';
import { decideForType, allowedType, refusalOf } from './query-for.ts';
import { memberPatientsStatement, memberRecordStatement } from '../sql/related-sql.ts';
import { readRows, type Statement } from '../sql/row-scope.ts';
import type { RowQuery } from '../sql/search-sql.ts';
import { type Audienced, part2Headers, part2In } from './part2.ts';
import type { CallerContext, InteractionResult, OperationRequest } from './engine.ts';

const KNOWN = ['_since', '_type', '_count', '_format', CURSOR];

const isOfPlan = (type: string) => {
  const definition = definitions.get(type);
  return definition !== undefined && isReferenceData(definition);
};
/** Types that a search of the member's data can find. The content of a document is read at its own URL instead. */
const RECORD_TYPES = servedTypes.filter(
  (type) =>
    !isOfPlan(type) &&
    definitions.get(type)?.interactions.includes('search-type') &&
    ownersOf(type).every(isRecordService),
);
const PLAN_TYPES = servedTypes.filter(isOfPlan);

interface EverythingParameters {
  count: number;
  since?: string;
  /** undefined: all */
  types?: readonly string[];
}

function typesOf(values: readonly string[]): string[] | undefined {
  if (values.length === 0) return undefined;
  const types = [...new Set(values.flatMap((value) => value.split(',')))];
  if (!types.every((type) => RECORD_TYPES.includes(type) || PLAN_TYPES.includes(type)))
    throw notSupported('_type: only types of a member’s record, and of the plan’s reference data.', '_type');
  if (types.every(isOfPlan))
    throw notSupported(
      '_type: the plan’s reference data comes with what refers to it, so name a type of the record too. Alone it is a search.',
      '_type',
    );
  return types;
}

function parseParameters(type: string, entries: readonly [string, string][]): EverythingParameters {
  refuseOthers(entries, KNOWN, 'with $everything');
  const definition = definitions.get(type);
  const { count } = parseResultParameters(definition as NonNullable<typeof definition>, entries);
  if (count === 0) throw invalid('_count: 1 or more.', '_count');
  const since = sinceParameter(entries);
  const types = typesOf(valuesOf(entries, '_type'));
  return { count: Math.min(count, MAX_COUNT), ...(since && { since }), ...(types && { types }) };
}

/**
 * The types of the record that the token opens. This is decided before any data is read.
 * @throws OperationError 403 when there are none
 */
function allowedRecord(caller: CallerContext, type: string) {
  // A record is somebody's: who acts for nobody has none, whatever types the plan has resources of.
  const opened = RECORD_TYPES.flatMap((each) => allowedType(caller, 'operation', each) ?? []).filter(
    (each) => each.decision.member !== NO_MEMBER,
  );
  const [first] = opened;
  if (first) return { decision: first.decision, queries: opened.map(({ query }) => query) };
  const definition = definitions.get(type);
  const decision = definition && decideForType(caller, 'operation', type, definition);
  throw decision?.allowed === false
    ? refusalOf(caller, decision, { interaction: 'operation', type })
    : forbidden('scope-insufficient');
}

interface Row extends Audienced {
  type: string;
  id: string;
  version_id: string;
  /** JSON, UTF-8 */
  body: Buffer;
}

/** Makes a statement of the types that there are, if there are any. */
const ifAny = <Type>(
  [first, ...others]: readonly Type[],
  make: (types: readonly [Type, ...Type[]]) => Statement,
): Statement[] => (first ? [make([first, ...others])] : []);

/** The position behind a Patient has no type. One of a release before has no id either: the rest begins there. */
const isAmongPatients = ({ keys: [type] }: PagePosition) => type === '';

/** Makes two statements: the member's Patients come first, then the rest by type and id. */
function statements(
  queries: readonly RowQuery[],
  { count, since }: EverythingParameters,
  after: PagePosition | undefined,
): Statement[] {
  const range = { count, ...(since && { since }) };
  const isPatient = ({ type }: RowQuery) => type === MEMBER_TYPE;
  const rest = queries.filter((query) => !isPatient(query));
  if (after && !isAmongPatients(after))
    return ifAny(rest, (types) => memberRecordStatement(types, { ...range, after }));
  const behind = after && { after: after.id };
  return [
    ...(behind?.after === ''
      ? []
      : ifAny(queries.filter(isPatient), (types) => memberPatientsStatement(types, { ...range, ...behind }))),
    ...ifAny(rest, (types) => memberRecordStatement(types, range)),
  ];
}

/** The position behind a row. */
const positionOf = (owner: Owner, { type, id }: Row): PagePosition => ({
  keys: [type === MEMBER_TYPE ? '' : type, owner],
  id,
});

/** A page of one part may go on in the next part, with the same cursor: that part then begins at its start. */
const positionIn = (part: AnswerPart, after: PagePosition | undefined): PagePosition | undefined =>
  after?.keys.at(-1) === part ? after : undefined;

const isHere = (owner: Owner) => (query: RowQuery) => ownersOf(query.type).includes(owner);

/** @returns the scope that would open a type; undefined when it is open, or when no scope opens it */
function missingScope(caller: CallerContext, type: string): string | undefined {
  const interaction = isOfPlan(type) ? 'read' : 'operation';
  const definition = definitions.get(type);
  const decision = definition && decideForType(caller, interaction, type, definition);
  if (decision?.allowed !== false || decision.reason !== 'scope-insufficient') return undefined;
  return neededScope(caller.claims, { interaction, type });
}

/**
 * Refuses types that the request names and the token does not open. Types that are not named are left out silently.
 *
 * @throws OperationError 403 with the scopes that would open them
 */
function requestedTypes(
  caller: CallerContext,
  queries: readonly RowQuery[],
  types: readonly string[] | undefined,
): RowQuery[] {
  const opens = (type: string) =>
    queries.some((query) => query.type === type) || (isOfPlan(type) && allowedType(caller, 'read', type));
  const closed = types?.filter((type) => !opens(type)) ?? [];
  const scopes = closed.flatMap((type) => missingScope(caller, type) ?? []);
  if (closed.length > 0) throw forbidden('scope-insufficient', scopes.join(' ') || undefined);
  return queries.filter(({ type }) => types?.includes(type) ?? true).filter(isHere(caller.engine.owner));
}

/** The types of reference data that belong beside the record. */
const planTypes = (caller: CallerContext, types: readonly string[] | undefined): string[] =>
  PLAN_TYPES.filter((type) => (types?.includes(type) ?? true) && allowedType(caller, 'read', type));

/** The parts of the record in their order, and the one that is served. */
function partsOf(
  { type, operation, isReferenceData }: OperationRequest,
  plan: readonly string[],
): Pick<LinkContext, 'owners' | 'part'> {
  const owners: readonly AnswerPart[] = ownersOf(type, operation);
  return {
    owners: plan.length > 0 ? [...owners, REFERENCE_DATA_PART] : owners,
    ...(isReferenceData && { part: REFERENCE_DATA_PART }),
  };
}

/**
 * One page of this owner's part of a member's record, with a link to what follows. Or, for the last part, where this
 * owner's part refers to.
 *
 * @throws OperationError 403 when the token opens no type of the record, or not one that was named; 404 for another
 * member
 */
export async function everything(
  caller: CallerContext,
  requested: OperationRequest,
  parameters: [string, string][],
): Promise<InteractionResult> {
  const { type, id, operation } = requested;
  const { decision, queries } = allowedRecord(caller, type);
  if (id !== undefined && id !== decision.member) throw notFound();
  const path = [type, id, `$${operation}`].filter(Boolean).join('/');
  const context = { ...caller, decision, parameters };
  const { query: entries, after: position } = openCursor({ ...context, owners: [] }, path);
  const { since, types, ...wanted } = parseParameters(type, entries);
  const count = Math.min(wanted.count, requested.room ?? MAX_COUNT);
  const chosen = requestedTypes(caller, queries, types);
  const plan = planTypes(caller, types);
  const links: LinkContext = { ...context, ...partsOf(requested, plan) };
  const after = positionIn(links.part ?? caller.engine.owner, position);
  const page = { type, path, entries, queries: chosen, plan, room: count, since, after };
  return requested.isReferenceData ? referredResources(links, page) : ownPart(caller, links, page);
}

/** A page of what this owner holds of the record. */
async function ownPart(
  caller: CallerContext,
  links: LinkContext,
  { type, path, entries, queries, room: count, since, after }: RecordPage,
): Promise<InteractionResult> {
  const pages = statements(queries, { count, ...(since && { since }) }, after);
  const found =
    pages.length > 0 ? (await readRows<Row>(caller.engine.pool, links.decision, pages)).flat() : [];
  const rows = found.slice(0, count);
  const last = found.length > rows.length ? rows.at(-1) : undefined;
  const next = nextLink(links, path, entries, last && positionOf(caller.engine.owner, last));
  const [part2] = rows.flatMap((row) => part2In(caller, row.type, [row]) ?? []);
  const body = searchBundle(caller.base, randomUUID(), {
    entries: rows,
    self: pageLink(links, path, links.parameters),
    ...(next && { next }),
    part2,
  });
  return {
    headers: { ...roomHeader(links, count - rows.length), ...part2Headers(part2) },
    body,
    disclosure: { interaction: 'search-type', type, ...disclosed(rows) },
  };
}
