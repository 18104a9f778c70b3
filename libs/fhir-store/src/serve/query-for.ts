/** From a decision about a type to the query that keeps to it. */
import {
  type Clause,
  type Definition,
  definitions,
  forbidden,
  isReferenceData,
  notFound,
  OperationError,
  parseRestriction,
} from '@patient-access/fhir';
import {
  type AccessDecision,
  decide,
  type Interaction,
  neededScope,
  type ResourceScope,
} from '@patient-access/smart';
import type { RowQuery } from '../sql/search-sql.ts';
import type { CallerContext } from './engine.ts';

/** A type that the token opens. */
export interface AllowedType {
  definition: Definition;
  decision: Extract<AccessDecision, { allowed: true }>;
  /** the tenant's FHIR base URL */
  base: string;
}

/** Decides, with what the definition says of the type. */
export function decideForType(
  { claims, tenant }: CallerContext,
  interaction: Interaction,
  type: string,
  definition: Definition,
): AccessDecision {
  const { namedOnly = false, forAuditors = false } = definition;
  return decide(claims, {
    interaction,
    type,
    namedOnly,
    isReferenceData: isReferenceData(definition),
    forAuditors,
    tenant,
  });
}

/** The error of a refusal. It names the missing scope, if there is one that would help. */
export function refusalOf(
  { claims }: Pick<CallerContext, 'claims'>,
  { reason }: Extract<AccessDecision, { allowed: false }>,
  requested: { interaction: Interaction; type: string },
): OperationError {
  // A type that the plan does not offer does not exist for its callers.
  if (reason === 'not-offered') return notFound();
  return forbidden(reason, reason === 'scope-insufficient' ? neededScope(claims, requested) : undefined);
}

/** What one scope's filters leave visible: nothing, where they mean nothing for this type or name another member. */
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

/**
 * The row-level security context of a request, and the member column of a type: reference data has none.
 *
 * @throws OperationError 403 when no filter of the token's scopes can be met by this type
 */
export function queryFor(
  caller: CallerContext,
  opened: AllowedType,
  type: string,
  clauses: RowQuery['clauses'] = [],
): RowQuery {
  const { decision, definition } = opened;
  const { searchColumns } = caller.engine;
  const granularClauses = decision.granularFilters.flatMap((filters) => restrictions(opened, filters));
  if (granularClauses.length === 0) throw forbidden('scope-insufficient');
  return {
    rowScope: { tenant: decision.tenant, member: isReferenceData(definition) ? '' : decision.member },
    type,
    clauses,
    granularClauses,
    released: decision.released,
    ...(searchColumns && { searchColumns }),
    ...(definition.visibleThrough && { visibleThrough: visibleThrough(caller, definition.visibleThrough) }),
  };
}

/** What points at resources of a type, as visible as a read of it would be. @throws OperationError 403 */
function visibleThrough(
  caller: CallerContext,
  { type, parameter }: NonNullable<Definition['visibleThrough']>,
): RowQuery['visibleThrough'] {
  const definition = definitions.get(type) as Definition;
  const decision = decideForType(caller, 'read', type, definition);
  if (!decision.allowed) throw refusalOf(caller, decision, { interaction: 'read', type });
  const { rowScope, granularClauses } = queryFor(caller, { definition, decision, base: caller.base }, type);
  return { type, parameter, base: caller.base, member: rowScope.member, granularClauses };
}

/** @returns what the token may see of a type, by itself; undefined when that is nothing */
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

/** What chains may look at: of each type that the token lets search, what a search of its own would find. */
export function targetsOf(caller: CallerContext, clauses: RowQuery['clauses']): RowQuery['targets'] {
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
