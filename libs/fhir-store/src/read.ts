import {
  type Clause,
  forbidden,
  type InteractionRequest,
  notFound,
  OperationError,
  parseControl,
  parseRestriction,
  subsetOf,
} from '@patient-access/fhir';
import type { ResourceScope } from '@patient-access/smart';
import { readScoped } from './scope.ts';
import { type Query, readStatement, versionStatement } from './search-sql.ts';
import type { Allowed, Answer } from './serve.ts';

/** What one scope's filters leave visible: nothing, where they mean nothing for this type or name another member. */
function restrictions(allowed: Allowed, filters: ResourceScope['filters']): Clause[][] {
  const { decision, definition, base } = allowed;
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
export function queryFor(allowed: Allowed, type: string, clauses: Query['clauses'] = []): Query {
  const { decision, definition } = allowed;
  const alternatives = decision.alternatives.flatMap((filters) => restrictions(allowed, filters));
  if (alternatives.length === 0) throw forbidden('insufficient-scope');
  return {
    scope: { tenant: decision.tenant, member: definition.member.by === 'nobody' ? '' : decision.member },
    type,
    clauses,
    alternatives,
    released: decision.released,
  };
}

interface Row {
  version: number;
  last_updated: Date;
  body: string;
}

/**
 * read and vread. A resource of another member, one that a granular scope or its sensitivity hides and one that does
 * not exist are the same: no row.
 *
 * @throws OperationError 404
 */
export async function readOne(
  allowed: Allowed,
  interaction: Extract<InteractionRequest, { interaction: 'read' | 'vread' }>,
): Promise<Answer> {
  const { engine, decision, definition, parameters } = allowed;
  const { subset } = parseControl(definition, parameters);
  const { type, id } = interaction;
  const query = queryFor(allowed, type);
  const statement =
    interaction.interaction === 'vread'
      ? versionStatement(query, id, interaction.version)
      : readStatement(query, id);
  const [rows] = await readScoped<Row>(engine.pool, decision, [statement]);
  const row = rows?.[0];
  if (!row) throw notFound();
  const version = String(row.version);
  return {
    headers: { etag: `W/"${version}"`, 'last-modified': row.last_updated.toUTCString() },
    body: subset ? subsetOf(row.body, subset) : row.body,
    disclosure: {
      interaction: interaction.interaction,
      type,
      counts: { [type]: 1 },
      resource: { reference: `${type}/${id}`, version },
    },
  };
}
