import { type InteractionRequest, notFound, parseSearch } from '@patient-access/fhir';
import { readScoped } from './scope.ts';
import { type Query, readStatement, versionStatement } from './search-sql.ts';
import type { Allowed, Answer } from './serve.ts';

/** The row-level security context of a request, and the member column of a type: reference data has none. */
export function queryFor(allowed: Allowed, type: string, clauses: Query['clauses'] = []): Query {
  const { decision, definition, base } = allowed;
  return {
    scope: { tenant: decision.tenant, member: definition.member.by === 'nobody' ? '' : decision.member },
    type,
    clauses,
    alternatives: decision.alternatives.map((filters) => {
      const entries = filters.map(([name, value]): [string, string] => [name, value]);
      return parseSearch(definition, entries, { base, strict: true }).clauses;
    }),
  };
}

interface Row {
  version: number;
  last_updated: Date;
  body: string;
}

/**
 * read and vread. A resource of another member, one that a granular scope hides and one that does not exist are the
 * same: no row.
 *
 * @throws OperationError 404
 */
export async function readOne(
  allowed: Allowed,
  interaction: Exclude<InteractionRequest, { interaction: 'search-type' }>,
): Promise<Answer> {
  const { engine, decision } = allowed;
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
    body: row.body,
    disclosure: {
      interaction: interaction.interaction,
      type,
      counts: { [type]: 1 },
      resource: { reference: `${type}/${id}`, version },
    },
  };
}
