/** `$everything`: all that is stored of a member (http://hl7.org/fhir/R4/patient-operation-everything.html). */
import { randomUUID } from 'node:crypto';
import {
  dateSpan,
  definitions,
  forbidden,
  INCLUDES_HEADER,
  invalid,
  type InteractionRequest,
  isPerson,
  MAX_COUNT,
  notFound,
  notSupported,
  type Owner,
  ownersOf,
  parseControl,
  RECORD_OWNERS,
  searchBundle,
  servedTypes,
} from '@patient-access/fhir';
import { CURSOR, type Linking, nextLink, emptyPart, openCursor, pageLink } from './cursor-links.ts';
import type { Position } from '../sql/order-sql.ts';
import { decideOn, openType, refusalOf } from './query-for.ts';
import { recordStatement } from '../sql/related-sql.ts';
import { readScoped } from '../sql/scope.ts';
import type { Query } from '../sql/search-sql.ts';
import type { Answer, Asked } from './serve.ts';

const KNOWN = ['_since', '_type', '_count', '_format', CURSOR];

const isOfPlan = (type: string) => definitions.get(type)?.member.by === 'nobody';
/** What can be found of a member; the content of a document is read at its own URL. */
const RECORD_TYPES = servedTypes.filter(
  (type) =>
    !isOfPlan(type) &&
    definitions.get(type)?.interactions.includes('search-type') &&
    ownersOf(type).every((owner) => RECORD_OWNERS.includes(owner)),
);
const PERSON_TYPES = RECORD_TYPES.filter((type) => {
  const definition = definitions.get(type);
  return definition !== undefined && isPerson(definition);
});
const PLAN_TYPES = servedTypes.filter(isOfPlan);

interface Wanted {
  count: number;
  since?: string;
  /** undefined: all */
  types?: readonly string[];
}

function sinceOf(values: readonly string[]): string | undefined {
  const [value, ...others] = values;
  if (value === undefined) return undefined;
  const span = dateSpan(value);
  if (!span || others.length > 0) throw invalid('_since: one instant, e.g. 2026-01-31T08:00:00Z.', '_since');
  return span.low;
}

function typesOf(values: readonly string[]): string[] | undefined {
  if (values.length === 0) return undefined;
  const types = [...new Set(values.flatMap((value) => value.split(',')))];
  if (
    !types.every((type) => RECORD_TYPES.includes(type) || PLAN_TYPES.includes(type)) ||
    types.every(isOfPlan)
  )
    throw notSupported('_type: only types of a member’s record, and of the plan’s beside them.', '_type');
  return types;
}

function parseWanted(type: string, entries: readonly [string, string][]): Wanted {
  const unknown = entries.find(([name]) => !KNOWN.includes(name));
  if (unknown) throw notSupported(`${unknown[0]} is not supported with $everything.`, unknown[0]);
  const definition = definitions.get(type);
  const { count } = parseControl(definition as NonNullable<typeof definition>, entries);
  if (count === 0) throw invalid('_count: 1 or more.', '_count');
  const valuesOf = (name: string) => entries.filter(([key]) => key === name).map(([, value]) => value);
  const since = sinceOf(valuesOf('_since'));
  const types = typesOf(valuesOf('_type'));
  return { count: Math.min(count, MAX_COUNT), ...(since && { since }), ...(types && { types }) };
}

/** What the token opens of the whole record, before anything is looked at. @throws OperationError 403 when nothing */
function openRecord(asked: Asked, type: string) {
  const opened = RECORD_TYPES.flatMap((each) => openType(asked, 'operation', each) ?? []);
  const [first] = opened;
  if (first) return { decision: first.decision, queries: opened.map(({ query }) => query) };
  const definition = definitions.get(type);
  const decision = definition && decideOn(asked, 'operation', type, definition);
  throw decision?.allowed === false
    ? refusalOf(asked, decision, { interaction: 'operation', type })
    : forbidden('insufficient-scope');
}

interface Row {
  type: string;
  id: string;
  /** JSON, UTF-8 */
  body: Buffer;
}

/** The member first, then the rest by type and id. */
function statements(queries: readonly Query[], { count, since }: Wanted, after: Position | undefined) {
  const isPersons = ({ type }: Query) => PERSON_TYPES.includes(type);
  const rest = queries.filter((query) => !isPersons(query));
  return [after ? [] : queries.filter(isPersons), rest].flatMap(([first, ...others]) =>
    first ? [recordStatement([first, ...others], { count, since, after })] : [],
  );
}

/** Behind a row; behind the member, the rest begins. */
const positionOf = ({ type, id }: Row): Position =>
  PERSON_TYPES.includes(type) ? { keys: [''], id: '' } : { keys: [type], id };

const isHere = (owner: Owner) => (query: Query) => ownersOf(query.type).includes(owner);

/** Named types that the token does not open are refused; the others are left out. */
function chosen(asked: Asked, queries: readonly Query[], types: readonly string[] | undefined): Query[] {
  const opens = (type: string) =>
    queries.some((query) => query.type === type) || (isOfPlan(type) && openType(asked, 'read', type));
  if (!types?.every(opens) && types) throw forbidden('insufficient-scope');
  return queries.filter(({ type }) => types?.includes(type) ?? true).filter(isHere(asked.engine.owner));
}

/**
 * One page of this owner's part of a member's record, and where it goes on.
 *
 * @throws OperationError 403 when the token opens none of it, or not a type that was named; 404 for another member
 */
export async function everything(
  asked: Asked,
  { type, id, operation }: Extract<InteractionRequest, { interaction: 'operation' }>,
  parameters: [string, string][],
): Promise<Answer> {
  const { decision, queries } = openRecord(asked, type);
  if (id !== undefined && id !== decision.member) throw notFound();
  const path = [type, id, `$${operation}`].filter(Boolean).join('/');
  const linking: Linking = { ...asked, decision, parameters, owners: ownersOf(type, operation) };
  const { query: entries, after } = openCursor(linking, path);
  const wanted = parseWanted(type, entries);
  const trains = statements(chosen(asked, queries, wanted.types), wanted, after);
  const found = trains.length > 0 ? (await readScoped<Row>(asked.engine.pool, decision, trains)).flat() : [];
  const rows = found.slice(0, wanted.count);
  const last = found.length > rows.length ? rows.at(-1) : undefined;
  const next = nextLink(linking, path, entries, last && positionOf(last));
  const body = searchBundle(asked.base, randomUUID(), {
    entries: rows,
    self: pageLink(linking, path, parameters),
    ...(next && { next }),
  });
  const counts: Record<string, number> = {};
  for (const row of rows) counts[row.type] = (counts[row.type] ?? 0) + 1;
  const plan = wanted.types ? wanted.types.filter(isOfPlan) : PLAN_TYPES;
  const includes = JSON.stringify({ include: [], revinclude: [], plan });
  return {
    headers: {
      ...(rows.length > 0 && plan.length > 0 && { [INCLUDES_HEADER]: includes }),
      ...emptyPart(linking, rows.length === 0 && !after),
    },
    body,
    disclosure: { interaction: 'search-type', type, counts },
  };
}
