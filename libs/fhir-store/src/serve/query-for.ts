/** Turns the access decision about a type into a query that stays within it. */
import {
  type Clause,
  type Definition,
  definitions,
  forbidden,
  isReferenceData,
  mayBePlans,
  noSuchPath,
  OperationError,
  parseRestriction,
} from '@patient-access/fhir';
import {
  type AccessDecision,
  decide,
  type Interaction,
  neededScope,
  NO_MEMBER,
  type ResourceScope,
} from '@patient-access/smart';
import { IDS_IN_INDEX, type RowQuery } from '../sql/search-sql.ts';
import type { CallerContext } from './engine.ts';

/** A type that the token opens. */
export interface AllowedType {
  definition: Definition;
  decision: Extract<AccessDecision, { allowed: true }>;
  /** the tenant's FHIR base URL */
  base: string;
}

/** Makes the access decision, with what the definition says about the type. @param id of the one resource asked for */
export function decideForType(
  { claims, tenant }: CallerContext,
  interaction: Interaction,
  type: string,
  definition: Definition,
  id?: string,
): AccessDecision {
  const { namedOnly = false, forAuditors = false } = definition;
  return decide(claims, {
    interaction,
    type,
    ...(id !== undefined && { id }),
    namedOnly,
    isReferenceData: mayBePlans(definition),
    forAuditors,
    tenant,
  });
}

/** The error for a refusal. It names the missing scope, if one would help. */
export function refusalOf(
  { claims }: Pick<CallerContext, 'claims'>,
  { reason }: Extract<AccessDecision, { allowed: false }>,
  requested: { interaction: Interaction; type: string },
): OperationError {
  // The plan's offer is public (`metadata`), and the same for all its callers.
  if (reason === 'not-offered')
    return noSuchPath(
      `This plan does not offer ${requested.type}. The CapabilityStatement at metadata lists what it offers.`,
    );
  return forbidden(reason, reason === 'scope-insufficient' ? neededScope(claims, requested) : undefined);
}

/**
 * The conditions of one scope's filters. A scope opens nothing if its filters do not fit this type or name another
 * member.
 */
function restrictions(
  { decision, definition, base }: AllowedType,
  filters: ResourceScope['filters'],
): Clause[][] {
  try {
    const { clauses, members } = parseRestriction(definition, filters, base);
    return members.every((member) => member === decision.member) ? [clauses] : [];
  } catch (error) {
    if (error instanceof OperationError) return [];
    throw error;
  }
}

/** Whose rows a query reads. A caller who acts for nobody reads what belongs to nobody, of whatever type. */
const memberColumn = ({ decision: { member }, definition }: AllowedType): string =>
  isReferenceData(definition) || member === NO_MEMBER ? '' : member;

/**
 * The query for a type: the row-level security context, the member column (empty for reference data), and the
 * granular filters.
 *
 * @throws OperationError 403 when this type can meet none of the filters of the token's scopes
 */
export function queryFor(
  caller: CallerContext,
  opened: AllowedType,
  type: string,
  clauses: RowQuery['clauses'] = [],
): RowQuery {
  const { decision, definition } = opened;
  const { searchColumns, pool } = caller.engine;
  const granularClauses = decision.granularFilters.flatMap((filters) => restrictions(opened, filters));
  if (granularClauses.length === 0) throw forbidden('scope-insufficient');
  return {
    rowScope: { tenant: decision.tenant, member: memberColumn(opened) },
    type,
    clauses,
    granularClauses,
    released: decision.released,
    idsInIndex: pool.version >= IDS_IN_INDEX,
    ...(searchColumns && { searchColumns }),
    ...(definition.visibleThrough && { visibleThrough: visibleThrough(caller, definition.visibleThrough) }),
  };
}

/**
 * Restricts a type to resources that a visible resource of one of these types points at.
 *
 * @throws OperationError 403 when the token opens none of them
 */
function visibleThrough(
  caller: CallerContext,
  types: NonNullable<Definition['visibleThrough']>,
): RowQuery['visibleThrough'] {
  const opened = types.flatMap((type) => allowedType(caller, 'read', type)?.query ?? []);
  if (opened.length > 0) return opened;
  const [type = ''] = types;
  const decision = decideForType(caller, 'read', type, definitions.get(type) as Definition);
  throw decision.allowed
    ? forbidden('scope-insufficient')
    : refusalOf(caller, decision, { interaction: 'read', type });
}

/** @returns what the token may see of a type; undefined when that is nothing */
export function allowedType(
  caller: CallerContext,
  interaction: Interaction,
  type: string,
): (AllowedType & { query: RowQuery }) | undefined {
  const definition = definitions.get(type);
  if (!definition) return undefined;
  const decision = decideForType(caller, interaction, type, definition);
  if (!decision.allowed) return undefined;
  const opened = { definition, decision, base: caller.base };
  try {
    return { ...opened, query: queryFor(caller, opened, type) };
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}

/** What a chain may look at. For each target type, this is what a search of that type would find with this token. */
function targetsOf(caller: CallerContext, clauses: RowQuery['clauses']): RowQuery['targets'] {
  const types = new Set(clauses.flatMap(({ target }) => target?.type ?? []));
  return new Map(
    [...types].flatMap((type) => {
      const opened = allowedType(caller, 'search-type', type);
      if (!opened) return [];
      const { rowScope, granularClauses } = opened.query;
      return [[type, { member: rowScope.member, granularClauses }] as const];
    }),
  );
}

/** The query for a search, with what its chains may look at. @throws OperationError 403 as {@link queryFor} */
export const chainedQuery = (
  allowed: CallerContext & AllowedType,
  type: string,
  clauses: RowQuery['clauses'],
): RowQuery => ({ ...queryFor(allowed, allowed, type, clauses), targets: targetsOf(allowed, clauses) });
