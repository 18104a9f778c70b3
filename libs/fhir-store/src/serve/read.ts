import {
  type FhirInteraction,
  gone,
  notFound,
  OperationError,
  parseResultParameters,
} from '@patient-access/fhir';
import { CONTENT_HEADERS, documentContent } from './content.ts';
import { type Audienced, part2Headers, part2In } from './part2.ts';
import { subsetBody } from './subset-body.ts';
import { queryFor } from './query-for.ts';
import { readRows } from '../sql/row-scope.ts';
import { deletionStatement, readStatement, type RowQuery } from '../sql/search-sql.ts';
import { versionStatement } from '../sql/version-sql.ts';
import type { AllowedRequest, InteractionResult } from './engine.ts';

interface Row extends Audienced {
  version_id: string;
  last_updated: Date;
  /** JSON, UTF-8 */
  body: Buffer;
  /** of a version that says that the resource was deleted */
  deleted?: Date | null;
}

/** What a caller is told who could see the resource until the plan deleted it. Every other is told that there is none. */
async function missing(
  { engine, decision }: AllowedRequest,
  query: RowQuery,
  id: string,
): Promise<OperationError> {
  // Such a store deletes nothing, and what is deleted has none of the columns that a granular scope compares.
  if (query.searchColumns) return notFound();
  const [rows = []] = await readRows(engine.pool, decision, [deletionStatement(query, id)]);
  return rows.length > 0 ? gone() : notFound();
}

/**
 * read and vread. There is no row when the resource does not exist, belongs to another member, or is hidden by a
 * granular scope or a sensitivity label. All of these give the same answer.
 *
 * @throws OperationError 404; 410 when it was deleted (http://hl7.org/fhir/R4/http.html#delete)
 */
export async function readOne(
  allowed: AllowedRequest,
  interaction: Extract<FhirInteraction, { interaction: 'read' | 'vread' }>,
): Promise<InteractionResult> {
  const { engine, decision, definition, parameters, negotiation } = allowed;
  const { subset } = parseResultParameters(definition, parameters);
  const { type, id } = interaction;
  const query = queryFor(allowed, allowed, type);
  const statement =
    interaction.interaction === 'vread'
      ? versionStatement(query, id, interaction.version)
      : readStatement(query, id);
  const [rows] = await readRows<Row>(engine.pool, decision, [statement]);
  const row = rows?.[0];
  if (!row) throw interaction.interaction === 'read' ? await missing(allowed, query, id) : notFound();
  if (row.deleted) throw gone();
  const version = row.version_id;
  const content = definition.content && documentContent(row.body.toString(), definition.content, negotiation);
  return {
    headers: {
      etag: `W/"${version}"`,
      'last-modified': row.last_updated.toUTCString(),
      ...(definition.content && CONTENT_HEADERS),
      ...(content && { 'content-type': content.mediaType }),
      ...part2Headers(part2In(allowed, type, [row])),
    },
    body: [content?.bytes ?? subsetBody(row.body, subset)],
    disclosure: {
      interaction: interaction.interaction,
      type,
      counts: { [type]: 1 },
      resource: { reference: `${type}/${id}`, version },
    },
  };
}
